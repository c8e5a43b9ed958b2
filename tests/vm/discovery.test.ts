// What is plugged in, and what becomes of it: tests that run in the guest.
import assert from 'node:assert/strict';
import { newKey, Player, pluggedKey, pluggedMouse } from './support/devices.ts';
import { code, follow, only, seen, test, usbKeys } from './support/usb.ts';

test('the library loads, and nothing is plugged in', async (t) => {
  const keys = usbKeys(t);
  assert.equal(await keys.unavailable(), null);
  assert.deepEqual(await keys.list(), []);
  await assert.rejects(keys.open('usb-0000000000000000'), code('authenticator.not_found'));
});

test('a key that is plugged in is told, a mouse is not', async (t) => {
  const { told, until } = follow(t, usbKeys(t));
  assert.deepEqual(await until(() => true), []);
  await pluggedMouse(t);
  const key = await newKey(t);
  const start = performance.now();
  await key.plugIn();
  const [device] = await seen(
    t,
    'an arrival is seen',
    start,
    until(({ length }) => length > 0),
  );
  assert.deepEqual(
    { ...device, id: null },
    {
      id: null,
      name: 'Acme Test Key',
      vendor: null,
      product: 'Acme Test Key',
      serial: '0042',
      transport: 'usb',
      accessible: true,
      problem: null,
    },
  );
  assert.equal(told.length, 2);
});

test('a key that is pulled out is told, and put in again it is another device', async (t) => {
  const keys = usbKeys(t);
  const key = await pluggedKey(t);
  const { until } = follow(t, keys);
  const [before] = await until(({ length }) => length === 1);
  assert.ok(before !== undefined);
  let start = performance.now();
  await key.pullOut();
  await seen(
    t,
    'a removal is seen',
    start,
    until(({ length }) => length === 0),
  );
  await assert.rejects(keys.open(before.id), code('authenticator.not_found'));
  start = performance.now();
  await key.plugIn();
  const [again] = await seen(
    t,
    'a return is seen',
    start,
    until(({ length }) => length === 1),
  );
  assert.notEqual(again?.id, before.id);
});

test('one that is pulled out and put in between two looks is told as another device', async (t) => {
  const key = await pluggedKey(t);
  const { until } = follow(t, usbKeys(t));
  const [before] = await until(({ length }) => length === 1);
  await key.pullOut();
  await key.plugIn();
  const [later] = await until(([device]) => device !== undefined && device.id !== before?.id);
  assert.equal(later?.name, 'Acme Test Key');
});

test('a key that took the place of another is not opened as that one', async (t) => {
  const keys = usbKeys(t);
  const first = await pluggedKey(t, { name: 'First Key', serial: '1' });
  const second = await newKey(t, { name: 'Second Key', serial: '2' });
  const { id } = await only(keys);
  await first.pullOut();
  await second.plugIn();
  await assert.rejects(keys.open(id), code('authenticator.not_found'));
  assert.equal((await only(keys)).name, 'Second Key');
});

test('a key can be used the moment it is seen', async (t) => {
  const keys = usbKeys(t);
  const key = await newKey(t);
  for (let turn = 0; turn < 5; turn += 1) {
    const pluggedIn = key.plugIn();
    let [device] = await keys.list();
    while (device === undefined) [device] = await keys.list();
    const authenticator = await keys.open(device.id);
    await authenticator.close();
    await pluggedIn;
    await key.pullOut();
    assert.deepEqual(await keys.list(), []);
  }
});

test('several keys of one name and serial are several', async (t) => {
  const keys = usbKeys(t);
  await pluggedKey(t);
  await pluggedKey(t);
  const devices = await keys.list();
  assert.equal(devices.length, 2);
  assert.equal(new Set(devices.map(({ id }) => id)).size, 2);
});

test('a name that is meant to deceive is shown without its tricks', async (t) => {
  const keys = usbKeys(t);
  await pluggedKey(t, { name: 'Good\nHID_UNIQ=9999\n\u001b[31m\u202eyeK', serial: '' });
  const { name, serial, product } = await only(keys);
  assert.match(name, /^Good/);
  assert.doesNotMatch(`${name}${product}${serial}`, /\p{C}/u);
});

test('devices whose program is killed are gone', async (t) => {
  const player = await Player.start();
  t.after(() => player.kill());
  const key = await player.key();
  await key.plugIn();
  const { until } = follow(t, usbKeys(t));
  await until(({ length }) => length === 1);
  const start = performance.now();
  player.kill();
  await seen(
    t,
    'the end of a program is seen',
    start,
    until(({ length }) => length === 0),
  );
});
