const FIDO_USAGE_PAGE = 0xf1d0;
const FIDO_USAGE = 0x01;

/** USB security keys that are plugged in, by product name. */
export type FoundSecurityKeys = {
  names: string[];
  /** True where the native HID library cannot be loaded, e.g. because libusb is not installed. */
  libraryMissing: boolean;
};

/**
 * Looks for FIDO devices by HID usage page 0xF1D0, usage 1 (CTAP 2.1 §11.2.8). Opens none of them.
 * The native library is loaded on the first call only: a machine without it can do everything else.
 */
export async function findSecurityKeys(): Promise<FoundSecurityKeys> {
  try {
    const hid = await import('node-hid');
    hid.default.setDriverType('hidraw');
    const found = (await hid.default.devicesAsync()).filter(
      (device) => device.usagePage === FIDO_USAGE_PAGE && device.usage === FIDO_USAGE,
    );
    const names = found.map(
      (device) => device.product?.trim() || device.manufacturer?.trim() || 'USB security key',
    );
    return { names: [...new Set(names)], libraryMissing: false };
  } catch {
    return { names: [], libraryMissing: true };
  }
}
