// A security key as a program of its own: a software key behind /dev/uhid, told by its parent what happens to it.
import { SoftwareDevice } from '../../main/authenticators/software/software-device.ts';
import { systemClock } from '../../main/platform/clock.ts';
import { UhidDevice } from './uhid.ts';

// The example of CTAP 2.2 §11.2.8.2.
const DESCRIPTOR = Buffer.from('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0', 'hex');

const [, , name = 'Key', serial = '1'] = process.argv;
const key = new SoftwareDevice({ keyId: serial, clock: systemClock, home: 'throw-away' });
let pipe = key.connect();
const hid = await UhidDevice.open(
  { name, serial, vendorId: 0x1209, productId: 0xf1d0, descriptor: DESCRIPTOR },
  (packet) => void pipe.write(packet).catch(() => undefined),
);
pipe.onPacket((packet) => hid.send(packet));

const orders: Record<string, () => Promise<void>> = {
  async plugIn() {
    hid.plugIn();
  },
  async pullOut() {
    hid.pullOut();
    await key.powerCycle();
    pipe = key.connect();
    pipe.onPacket((packet) => hid.send(packet));
  },
  async touch() {
    key.touch();
  },
};

process.on('message', ({ number, order }: { number: number; order: string }) => {
  void orders[order]?.().then(() => process.send?.(number));
});
process.send?.('ready');
