import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { HidResponder, type MessageHandler } from '../../../main/authenticators/software/hid-responder.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import { CTAPHID, KEEPALIVE, parsePacket } from '../../../main/ctap/index.ts';
import { type CtapSimulator, systemClock } from '../../../main/platform/index.ts';

export { freeAddresses, freePort } from '../../support/plugged-keys.ts';

/** Something that takes packets and gives packets. */
type PacketDevice = { receive(packet: Uint8Array): void; onSend(send: (packet: Uint8Array) => void): void };

async function serve(device: PacketDevice, { device: at, answers }: CtapSimulator) {
  const socket = createSocket('udp4');
  socket.bind({ address: at.host, port: at.port, exclusive: true });
  await once(socket, 'listening');
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  device.onSend((packet) => {
    if (open) socket.send(packet, answers.port, answers.host);
  });
  socket.on('message', (packet) => device.receive(packet));
  onTestFinished(close);
  return { close };
}

/** True for a packet by which a device says that it waits for a touch. CTAP 2.2 §11.2.9.1.7. */
function saysTouch(packet: Uint8Array): boolean {
  const frame = parsePacket(packet);
  return (
    frame?.type === 'init' && frame.command === CTAPHID.KEEPALIVE && frame.data[0] === KEEPALIVE.UPNEEDED
  );
}

/**
 * A throw-away software key behind UDP that waits until the test touches it. `waiting` resolves when it waits for
 * its first touch; `vanish` closes its socket.
 */
export async function touchableKey(addresses: CtapSimulator) {
  const device = new SoftwareDevice({ keyId: 'udp', clock: systemClock, home: 'throw-away' });
  onTestFinished(() => device.close());
  const pipe = device.connect();
  const waiting = Promise.withResolvers<void>();
  pipe.onPacket((packet) => {
    if (saysTouch(packet)) waiting.resolve();
  });
  const socket = await serve(
    {
      receive: (packet) => void pipe.write(packet).catch(() => undefined),
      onSend: (send) => void pipe.onPacket(send),
    },
    addresses,
  );
  return { addresses, waiting: waiting.promise, touch: () => device.touch(), vanish: socket.close };
}

/** A device that answers CTAP2 messages as the test wants. */
export async function scriptedKey(addresses: CtapSimulator, handle: MessageHandler) {
  let out: (packet: Uint8Array) => void = () => undefined;
  const responder = new HidResponder((packet) => out(packet), handle, { keepalive: 20 });
  onTestFinished(() => responder.reset());
  await serve(
    {
      receive: (packet) => responder.receive(packet),
      onSend: (send) => {
        out = send;
      },
    },
    addresses,
  );
}
