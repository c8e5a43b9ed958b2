import { isHidMissing } from './hid-library.ts';
import { LinuxHidraw } from './linux-hidraw.ts';
import { usbSource } from './usb-source.ts';

/** USB security keys that are plugged in, by product name. */
export type FoundSecurityKeys = {
  names: string[];
  /** True where the native HID library cannot be loaded, e.g. because libusb is not installed. */
  libraryMissing: boolean;
};

/**
 * Looks for FIDO devices by HID usage page 0xF1D0, usage 1 (CTAP 2.2 §11.2.8). Opens none of them.
 * The native library is loaded on the first call only: a machine without it can do everything else.
 */
export async function findSecurityKeys(): Promise<FoundSecurityKeys> {
  const found = await usbSource(process.platform === 'linux' ? new LinuxHidraw() : null).find();
  const names = found.map(({ device }) => device.name);
  return { names: [...new Set(names)], libraryMissing: await isHidMissing() };
}
