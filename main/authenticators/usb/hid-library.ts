import { z } from 'zod';
import { KeywrightError } from '../../../shared/errors/index.ts';

const Devices = z.array(
  z.object({
    path: z.string().optional(),
    usagePage: z.number().optional(),
    usage: z.number().optional(),
    manufacturer: z.string().optional(),
    product: z.string().optional(),
    serialNumber: z.string().optional(),
  }),
);
/** A HID device as the library lists it; one entry for each of its usages. */
export type HidListing = z.infer<typeof Devices>[number];

/**
 * Loads the HID library, on the first call only: a machine without it can do everything else.
 * @throws KeywrightError `authenticator.not_supported` where it, or what it links, is not installed
 */
export async function loadHid(): ReturnType<typeof importHid> {
  try {
    const hid = await importHid();
    // Before the first use, which would choose for good: libusb would take the device from the kernel.
    hid.setDriverType('hidraw');
    hid.getHidapiVersion();
    return hid;
  } catch (cause) {
    throw new KeywrightError('authenticator.not_supported', {
      message: 'The library for security keys on USB cannot be loaded.',
      cause,
    });
  }
}

async function importHid() {
  const { default: hid } = await import('node-hid');
  return hid;
}

/** All HID devices of this computer. Opens none. @throws KeywrightError as {@link loadHid} */
export async function listHidDevices(): Promise<HidListing[]> {
  const hid = await loadHid();
  return Devices.parse(await hid.devicesAsync());
}

/** True where the HID library cannot be loaded. */
export async function isHidMissing(): Promise<boolean> {
  try {
    await loadHid();
    return false;
  } catch (error) {
    if (error instanceof KeywrightError && error.code === 'authenticator.not_supported') return true;
    throw error;
  }
}
