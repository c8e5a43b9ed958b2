// A choice by touch among several keys: tests that run in the guest.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pluggedKey } from './support/devices.ts';
import type { Behaves } from './support/orders.ts';
import { person } from './support/person.ts';
import { register } from './support/relying-party.ts';
import { code, test, usbKeys } from './support/usb.ts';

async function twoThatWait(t: TestContext, kinds: readonly [Behaves, Behaves] = ['software', 'software']) {
  const first = await pluggedKey(t, { name: 'First Key', serial: '1', behaves: kinds[0] });
  const second = await pluggedKey(t, { name: 'Second Key', serial: '2', behaves: kinds[1] });
  const keys = usbKeys(t);
  const devices = await keys.list();
  const idOf = (serial: string) => devices.find((device) => device.serial === serial)?.id ?? '';
  const stop = new AbortController();
  const choice = keys.chooseByTouch([idOf('1'), idOf('2')], stop.signal);
  choice.catch(() => undefined);
  await Promise.all([first.waiting(), second.waiting()]);
  return { first, second, keys, idOf, stop, choice };
}

test('of two keys the one that is touched is chosen, and both can be used afterwards', async (t) => {
  const { first, second, keys, idOf, choice } = await twoThatWait(t);
  await second.touch();
  assert.equal(await choice, idOf('2'));
  for (const [key, serial] of [
    [first, '1'],
    [second, '2'],
  ] as const) {
    const authenticator = await keys.open(idOf(serial));
    t.after(() => authenticator.close());
    await register(authenticator, person(key));
  }
});

test('keys of CTAP 2.0 and of U2F alone are chosen by touch, too', async (t) => {
  for (const [winner, serial] of [
    ['first', '1'],
    ['second', '2'],
  ] as const) {
    const { idOf, choice, ...keys } = await twoThatWait(t, ['ctap20', 'u2f']);
    await keys[winner].touch();
    assert.equal(await choice, idOf(serial));
    await Promise.all([keys.first.pullOut(), keys.second.pullOut()]);
  }
});

test('of two keys one is pulled out, and the other is chosen', async (t) => {
  const { first, second, idOf, choice } = await twoThatWait(t);
  await second.pullOut();
  await first.touch();
  assert.equal(await choice, idOf('1'));
});

test('of two keys both are pulled out, and the choice ends', async (t) => {
  const { first, second, choice } = await twoThatWait(t);
  await Promise.all([first.pullOut(), second.pullOut()]);
  await assert.rejects(choice, code('authenticator.removed'));
});

test('a choice that is cancelled leaves both keys free', async (t) => {
  const { first, keys, idOf, stop, choice } = await twoThatWait(t);
  stop.abort();
  await assert.rejects(choice, code('authenticator.cancelled'));
  const authenticator = await keys.open(idOf('1'));
  t.after(() => authenticator.close());
  await register(authenticator, person(first));
});
