// Passkeys made and used over a real hidraw node: tests that run in the guest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { openHidPipe } from '../../main/authenticators/usb/hid-pipe.ts';
import { HidDevice } from '../../main/ctap/index.ts';
import { pluggedKey } from './support/devices.ts';
import { PIN, person } from './support/person.ts';
import { register, sign } from './support/relying-party.ts';
import { code, onlyNode, openOnly, test, usbKeys } from './support/usb.ts';

test('a key makes a passkey and signs with it, and the relying party accepts both', async (t) => {
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, usbKeys(t));
  assert.equal(authenticator.kind, 'securityKey');
  assert.equal(authenticator.name, 'Acme Test Key');
  const passkey = await register(authenticator, person(key));
  const start = performance.now();
  const signed = await sign(authenticator, passkey, person(key));
  t.diagnostic(`signed with PIN and touch in ${Math.round(performance.now() - start)} ms`);
  assert.ok(signed.signCount > passkey.signCount);
});

for (const [behaves, wish] of [
  ['ctap20', 'passkey'],
  ['builtInUv', 'passkey'],
  ['u2f', 'secondFactor'],
] as const) {
  test(`so does one of the kind ${behaves}`, async (t) => {
    const key = await pluggedKey(t, { behaves });
    const authenticator = await openOnly(t, usbKeys(t));
    const made = await register(authenticator, person(key), wish);
    await sign(authenticator, made, person(key), wish);
  });
}

test('a wrong PIN is asked for again', async (t) => {
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, usbKeys(t));
  const passkey = await register(authenticator, person(key));
  const pins = ['0000', PIN];
  await sign(authenticator, passkey, person({ ...key, pin: () => pins.shift() ?? '' }));
  assert.deepEqual(pins, []);
});

test('three wrong PINs lock it until it was pulled out', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, keys);
  const passkey = await register(authenticator, person(key));
  const wrong = () => sign(authenticator, passkey, person({ ...key, pin: () => '0000' }));
  await assert.rejects(wrong, code('authenticator.pin_soft_locked'));
  await assert.rejects(wrong, code('authenticator.pin_soft_locked'));
  await key.pullOut();
  await key.plugIn();
  const again = await openOnly(t, keys);
  await sign(again, passkey, person(key));
});

test('a ceremony that is cancelled at the touch leaves a key that goes on', async (t) => {
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, usbKeys(t));
  const stop = new AbortController();
  const talk = person({ touch: () => stop.abort(), signal: stop.signal });
  await assert.rejects(register(authenticator, talk), code('authenticator.cancelled'));
  await register(authenticator, person(key));
});

test('long messages go there and back', async (t) => {
  await pluggedKey(t);
  const device = await HidDevice.open(await openHidPipe(await onlyNode()));
  t.after(() => device.close());
  const start = performance.now();
  await device.ping(randomBytes(1000));
  t.diagnostic(`1000 bytes there and back in ${(performance.now() - start).toFixed(1)} ms`);
});

test('no packet is lost while the program is busy', async (t) => {
  const PACKETS = 200;
  const key = await pluggedKey(t);
  const pipe = await openHidPipe(await onlyNode());
  t.after(() => pipe.close());
  const numbers: number[] = [];
  const all = new Promise<void>((resolve) => {
    pipe.onPacket((packet) => {
      if (numbers.push(Buffer.from(packet).readUInt32BE(5)) === PACKETS) resolve();
    });
  });
  const sent = key.send(PACKETS);
  // More than the 64 packets that the kernel keeps come in this time.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await Promise.all([sent, all]);
  assert.deepEqual(
    numbers,
    Array.from({ length: PACKETS }, (_, number) => number),
  );
});

test('nothing stays open behind a key that is closed or gone', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const closed = await openOnly(t, keys);
  await closed.close();
  const gone = await openOnly(t, keys);
  await key.pullOut();
  await assert.rejects(register(gone, person(key)), code('authenticator.removed'));
  // The library closes in a thread of its own.
  while ((await openNodes()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

/** The hidraw nodes that this program has open. */
async function openNodes(): Promise<string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith('/dev/hidraw'));
}
