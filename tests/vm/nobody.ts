// The driver as a user who may not open the keys: tells its parent what it sees, and what becomes of opening it.
import { createSecurityKeys } from '../../main/authenticators/usb/security-keys.ts';
import { KeywrightError } from '../../shared/errors/index.ts';

const keys = createSecurityKeys();
keys.watch(async (devices) => {
  const [device] = devices;
  if (device === undefined) return;
  try {
    const authenticator = await keys.open(device.id);
    await authenticator.close();
    process.send?.({ device, opened: 'opened' });
  } catch (error) {
    process.send?.({ device, opened: error instanceof KeywrightError ? error.code : String(error) });
  }
});
