// A program of its own that plays HID devices, told by its parent what happens to them.
import { NumberedOrder, type Order } from './orders.ts';
import { PlayedKey } from './played-key.ts';
import { UhidDevice } from './uhid.ts';

const MOUSE = Buffer.from(
  '05010902a1010901a100050919012903150025019503750181029501750581030501093009311581257f750895028106c0c0',
  'hex',
);
const keys = new Map<number, PlayedKey>();
const mice = new Map<number, UhidDevice>();

async function make({
  device,
  kind,
  behaves,
  name,
  serial,
}: Extract<Order, { order: 'make' }>): Promise<void> {
  if (kind === 'key') {
    keys.set(device, await PlayedKey.make(behaves, name, serial));
    return;
  }
  const options = { name, serial, vendorId: 0x046d, productId: 0xc077, descriptor: MOUSE };
  mice.set(device, await UhidDevice.open(options, () => undefined));
}

async function carryOut(order: Order): Promise<void> {
  if (order.order === 'make') return make(order);
  const mouse = mice.get(order.device);
  if (order.order === 'plugIn' && mouse !== undefined) return mouse.plugIn();
  if (order.order === 'pullOut' && mouse !== undefined) return mouse.pullOut();
  const key = keys.get(order.device);
  if (key === undefined) throw new Error(`There is no key ${order.device}.`);
  if (order.order === 'send') return key.send(order.packets);
  return key[order.order]();
}

process.on('message', (message: unknown) => {
  const { number, order } = NumberedOrder.parse(message);
  carryOut(order).then(
    () => process.send?.({ number, error: null }),
    (error: unknown) => process.send?.({ number, error: String(error) }),
  );
});
process.send?.('ready');
