// Several programs that use one key at a time: tests that run in the guest.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openHidPipe } from '../../main/authenticators/usb/hid-pipe.ts';
import { Ctap2, HidDevice } from '../../main/ctap/index.ts';
import { pluggedKey } from './support/devices.ts';
import { person } from './support/person.ts';
import { otherProgram } from './support/programs.ts';
import { register, sign } from './support/relying-party.ts';
import { code, onlyNode, openOnly, test, usbKeys } from './support/usb.ts';

test('a key answers two channels of one program at once', async (t) => {
  await pluggedKey(t);
  const node = await onlyNode();
  const channels = await Promise.all([1, 2].map(async () => HidDevice.open(await openHidPipe(node))));
  t.after(() => {
    for (const channel of channels) channel.close();
  });
  const infos = await Promise.all(channels.map((channel) => new Ctap2(channel).getInfo()));
  for (const info of infos) assert.ok(info.versions.includes('FIDO_2_1'));
  await Promise.all(channels.map((channel) => channel.ping(randomBytes(500))));
});

test('ceremonies go on while another program asks the key things', async (t) => {
  const key = await pluggedKey(t);
  const other = otherProgram(t, 'chatter', 'same');
  assert.equal(await other.next(), 'begun');
  const authenticator = await openOnly(t, usbKeys(t));
  const passkey = await register(authenticator, person(key));
  for (let turn = 0; turn < 3; turn += 1) await sign(authenticator, passkey, person(key));
  other.sign();
  const count = await other.next();
  assert.ok(typeof count === 'number' && count > 1, `${count}`);
  t.diagnostic(`the other program was answered ${count} times`);
});

test('while another program waits for a touch the key is busy, and is not afterwards', async (t) => {
  const key = await pluggedKey(t);
  const keys = usbKeys(t);
  const other = otherProgram(t, 'hold', 'same');
  await key.waiting();
  const authenticator = await openOnly(t, keys);
  await assert.rejects(register(authenticator, person(key)), code('authenticator.busy'));
  await key.touch();
  assert.equal(await other.next(), 'touched');
  await register(authenticator, person(key));
});

test('a key that another program gives up in time is waited for', async (t) => {
  const key = await pluggedKey(t);
  const other = otherProgram(t, 'hold', 'same');
  await key.waiting();
  const authenticator = await openOnly(t, usbKeys(t));
  const registered = register(authenticator, person(key));
  other.sign();
  assert.equal(await other.next(), 'authenticator.cancelled');
  await registered;
});
