import { KeywrightError } from '../../../shared/errors/index.ts';
import { PACKET_SIZE, type PacketPipe } from '../../ctap/index.ts';
import { fromHidError } from './hid-errors.ts';
import { loadHid } from './hid-library.ts';
import { whyNotOpened } from './linux-hidraw.ts';

/** FIDO devices do not number their reports; the library wants the number all the same. CTAP 2.2 §11.2.8.1. */
const REPORT_ID = 0x00;

/**
 * Opens a HID device by its path. Other programs may have it open too: channels keep them apart.
 * @throws KeywrightError `authenticator.no_permission`, `.busy`, `.removed`, `.no_answer`, and `.not_supported`
 *   where the HID library is missing
 */
export async function openHidPipe(path: string): Promise<PacketPipe> {
  const hid = await loadHid();
  const device = await hid.HIDAsync.open(path, { nonExclusive: true }).catch(async (cause: unknown) => {
    const why = process.platform === 'linux' ? await whyNotOpened(path) : null;
    throw why ?? fromHidError(cause, 'authenticator.no_answer');
  });
  const packetListeners = new Set<(packet: Uint8Array) => void>();
  const closeListeners = new Set<() => void>();
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    // The handle is given back even where the device is gone; there is nothing to do where that fails.
    device.close().catch(() => undefined);
    for (const listener of [...closeListeners]) listener();
  };

  device.on('error', close);
  device.on('data', (packet: Buffer) => {
    for (const listener of [...packetListeners]) listener(packet);
  });
  // The library starts to read in the next tick, and must not find the device closed then.
  await new Promise<void>((resolve) => process.nextTick(resolve));

  return {
    async write(packet) {
      if (closed) throw new KeywrightError('authenticator.removed');
      const report = Buffer.alloc(1 + PACKET_SIZE, REPORT_ID);
      report.set(packet, 1);
      try {
        await device.write(report);
      } catch (cause) {
        close();
        throw fromHidError(cause, 'authenticator.removed');
      } finally {
        // It may carry an encrypted PIN or a token's proof.
        report.fill(0);
      }
    },
    onPacket(listener) {
      packetListeners.add(listener);
      return () => packetListeners.delete(listener);
    },
    onClose(listener) {
      closeListeners.add(listener);
      return () => closeListeners.delete(listener);
    },
    close,
  };
}
