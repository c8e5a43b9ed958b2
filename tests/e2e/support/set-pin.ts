import { openUdpPipe } from '../../../main/authenticators/usb/udp-pipe.ts';
import { ClientPin, Ctap2, HidDevice, PIN_UV_AUTH_PROTOCOLS } from '../../../main/ctap/index.ts';
import type { SimulatedKey } from './simulated-key.ts';

/** Sets the first PIN of a key as another program would, before Keywright has anything to do with it. */
export async function setPinOf(key: SimulatedKey, pin: string): Promise<void> {
  const host = '127.0.0.1';
  const pipe = await openUdpPipe({
    device: { host, port: key.ports.listen },
    answers: { host, port: key.ports.answer },
  });
  const device = await HidDevice.open(pipe);
  const client = new Ctap2(device);
  const info = await client.getInfo();
  const protocol = PIN_UV_AUTH_PROTOCOLS.find(({ version }) => info.pinUvAuthProtocols.includes(version));
  if (protocol === undefined) throw new Error('There is no PIN/UV protocol in common.');
  await new ClientPin(client, protocol).setPin(new TextEncoder().encode(pin));
  pipe.close();
}
