// A mouse as a program of its own: a HID device that is no security key.
import { UhidDevice } from './uhid.ts';

const DESCRIPTOR = Buffer.from(
  '05010902a1010901a100050919012903150025019503750181029501750581030501093009311581257f750895028106c0c0',
  'hex',
);

const mouse = await UhidDevice.open(
  { name: 'Acme Mouse', serial: '', vendorId: 0x046d, productId: 0xc077, descriptor: DESCRIPTOR },
  () => undefined,
);
process.on('message', ({ number }: { number: number }) => {
  mouse.plugIn();
  process.send?.(number);
});
process.send?.('ready');
