// Keys that are pulled out in the middle of something: tests that run in the guest.
import assert from 'node:assert/strict';
import { openHidPipe } from '../../main/authenticators/usb/hid-pipe.ts';
import { HidDevice } from '../../main/ctap/index.ts';
import { pluggedKey } from './support/devices.ts';
import { noPin, person } from './support/person.ts';
import { register, sign } from './support/relying-party.ts';
import { code, onlyNode, openOnly, seen, test, usbKeys } from './support/usb.ts';

test('pulled out while it waits for a touch, it is removed; put in again, it goes on', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, keys);
  const passkey = await register(authenticator, person(key));
  let start = 0;
  const pull = () => {
    start = performance.now();
    return key.pullOut();
  };
  const error = await sign(authenticator, passkey, person({ touch: pull })).catch(
    (caught: unknown) => caught,
  );
  await seen(t, 'the ceremony ends', start, Promise.resolve());
  code('authenticator.removed')(error);
  await key.plugIn();
  const signed = await sign(await openOnly(t, keys), passkey, person(key));
  assert.ok(signed.signCount > passkey.signCount);
});

test('pulled out while a PIN is asked for, it is removed before anyone types it', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const authenticator = await openOnly(t, keys);
  let start = 0;
  const pull = () => {
    start = performance.now();
    void key.pullOut();
    return noPin();
  };
  const error = await register(authenticator, person({ ...key, pin: pull })).catch(
    (caught: unknown) => caught,
  );
  await seen(t, 'the ceremony ends', start, Promise.resolve());
  code('authenticator.removed')(error);
  await key.plugIn();
  await register(await openOnly(t, keys), person(key));
});

test('pulled out while nothing is asked of it, its pipe ends', async (t) => {
  const key = await pluggedKey(t);
  const pipe = await openHidPipe(await onlyNode());
  const device = await HidDevice.open(pipe);
  let ends = 0;
  const ended = new Promise<void>((resolve) => {
    pipe.onClose(() => {
      ends += 1;
      resolve();
    });
  });
  await key.pullOut();
  await ended;
  await assert.rejects(pipe.write(new Uint8Array(64)), code('authenticator.removed'));
  await assert.rejects(device.ping(new Uint8Array(8)), code('authenticator.removed'));
  pipe.close();
  assert.equal(ends, 1);
});

test('what is written before its end was noticed fails as removed', async (t) => {
  const key = await pluggedKey(t);
  for (let turn = 0; turn < 5; turn += 1) {
    const pipe = await openHidPipe(await onlyNode());
    const pulled = key.pullOut();
    // Until the device is gone, packets are taken.
    const writing = (async () => {
      for (;;) await pipe.write(new Uint8Array(64));
    })();
    await assert.rejects(writing, code('authenticator.removed'));
    await pulled;
    await key.plugIn();
  }
});

test('opened just after it was pulled out, it is gone', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const node = await onlyNode();
  await key.pullOut();
  await assert.rejects(openHidPipe(node), code('authenticator.removed'));
  assert.deepEqual(await keys.list(), []);
});
