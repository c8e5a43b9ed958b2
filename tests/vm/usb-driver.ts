// What the USB driver does with real /dev/hidraw nodes. Runs in the guest, under node:test.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pinToBytes } from '../../main/authenticators/client/index.ts';
import type { Conversation } from '../../main/authenticators/types.ts';
import { findSecurityKeys } from '../../main/authenticators/usb/discover.ts';
import { openHidPipe } from '../../main/authenticators/usb/hid-pipe.ts';
import { LinuxHidraw } from '../../main/authenticators/usb/linux-hidraw.ts';
import { createSecurityKeys } from '../../main/authenticators/usb/security-keys.ts';
import type { SecurityKeyDevice } from '../../main/authenticators/usb/types.ts';
import { Ctap2, HidDevice } from '../../main/ctap/index.ts';
import {
  createAuthenticationOptions,
  createRegistrationOptions,
  verifyAssertion,
  verifyRegistration,
} from '../../main/webauthn/index.ts';
import { fromBase64url, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';

const ORIGIN = 'https://localhost';
const RP_ID = 'localhost';
const PIN = '2580';
type Key = { order(order: 'plugIn' | 'pullOut' | 'touch'): Promise<void> };
const devices = new Set<ChildProcess>();

/** Starts a program that plays a device. */
async function startDevice(program: string, args: readonly string[] = []): Promise<Key> {
  const child = fork(join(import.meta.dirname, program), [...args]);
  devices.add(child);
  await once(child, 'message');
  let number = 0;
  return {
    async order(order) {
      number += 1;
      const own = number;
      const done = Promise.withResolvers<void>();
      const listen = (answer: unknown) => {
        if (answer !== own) return;
        child.off('message', listen);
        done.resolve();
      };
      child.on('message', listen);
      child.send({ number: own, order });
      await done.promise;
    },
  };
}

/** Follows the keys; `until` resolves with the first list that fits. */
function follow(keys: ReturnType<typeof createSecurityKeys>) {
  let last: SecurityKeyDevice[] = [];
  const waiting = new Set<() => void>();
  const stop = keys.watch((devices) => {
    last = devices;
    for (const check of [...waiting]) check();
  });
  const until = (fits: (devices: SecurityKeyDevice[]) => boolean): Promise<SecurityKeyDevice[]> =>
    new Promise((resolve) => {
      const check = () => {
        if (!fits(last)) return;
        waiting.delete(check);
        resolve(last);
      };
      waiting.add(check);
      check();
    });
  return { until, stop };
}

function person(onTouch: () => void): Conversation {
  return {
    signal: new AbortController().signal,
    status({ phase }) {
      if (phase === 'touch') onTouch();
    },
    askPin: async () => pinToBytes(PIN),
  };
}

async function only(keys: ReturnType<typeof createSecurityKeys>): Promise<SecurityKeyDevice> {
  const [device, ...others] = await keys.list();
  assert.ok(device !== undefined && others.length === 0, 'exactly one key');
  return device;
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof KeywrightError && error.code === expected;
}

async function register(t: TestContext, keys: ReturnType<typeof createSecurityKeys>, key: Key) {
  const authenticator = await keys.open((await only(keys)).id);
  t.after(() => authenticator.close());
  const options = await createRegistrationOptions({
    rpId: RP_ID,
    rpName: 'Guest',
    user: { id: randomBytes(16), name: 'ada', displayName: 'Ada' },
    challenge: randomBytes(32),
    exclude: [],
    timeout: 60_000,
  });
  const response = await authenticator.makeCredential(
    options,
    ORIGIN,
    person(() => void key.order('touch')),
  );
  return { authenticator, options, response };
}

const keys = createSecurityKeys();
const key = await startDevice('key-process.ts', ['Acme Test Key', '0042']);

test('the library loads, and nothing is plugged in', async () => {
  assert.deepEqual(await findSecurityKeys(), { names: [], libraryMissing: false });
  assert.deepEqual(await keys.list(), []);
  await assert.rejects(keys.open('usb-0000000000000000'), code('authenticator.not_found'));
});

test('a key that is plugged in is told, a mouse is not', async (t) => {
  const { until, stop } = follow(keys);
  const mouse = await startDevice('mouse-process.ts');
  await mouse.order('plugIn');
  const start = performance.now();
  await key.order('plugIn');
  const [device] = await until(({ length }) => length > 0);
  t.diagnostic(`seen ${Math.round(performance.now() - start)} ms after it was plugged in`);
  stop();
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
  assert.deepEqual(await findSecurityKeys(), { names: ['Acme Test Key'], libraryMissing: false });
});

test('it tells what it is, over two channels at once', async (t) => {
  const [node] = await new LinuxHidraw().find();
  assert.ok(node !== undefined);
  const channels = [
    await HidDevice.open(await openHidPipe(node.path)),
    await HidDevice.open(await openHidPipe(node.path)),
  ];
  const infos = await Promise.all(channels.map((channel) => new Ctap2(channel).getInfo()));
  for (const info of infos) assert.ok(info.versions.includes('FIDO_2_1'));
  const start = performance.now();
  await channels[0]?.ping(randomBytes(1000));
  t.diagnostic(`1000 bytes there and back in ${(performance.now() - start).toFixed(1)} ms`);
  for (const channel of channels) channel.close();
});

test('it makes a passkey and signs with it, and the relying party accepts both', async (t) => {
  const { authenticator, options, response } = await register(t, keys, key);
  assert.equal(authenticator.kind, 'securityKey');
  assert.equal(authenticator.name, 'Acme Test Key');
  const made = await verifyRegistration(response, {
    challenge: options.challenge,
    origin: ORIGIN,
    rpId: RP_ID,
    userVerification: 'required',
    algorithms: [-7, -8],
  });
  assert.equal(made.userVerified, true);
  const request = await createAuthenticationOptions({
    rpId: RP_ID,
    challenge: randomBytes(32),
    allow: [{ credentialId: made.credentialId, transports: ['usb'] }],
    timeout: 60_000,
  });
  const assertion = await authenticator.getAssertion(
    request,
    ORIGIN,
    person(() => void key.order('touch')),
  );
  const signed = await verifyAssertion(assertion, {
    challenge: request.challenge,
    origin: ORIGIN,
    rpId: RP_ID,
    userVerification: 'required',
    credential: { ...made, userHandle: fromBase64url(options.user.id) },
  });
  assert.ok(signed.signCount > made.signCount);
  assert.equal(assertion.id, toBase64url(made.credentialId));
});

test('pulled out in the middle of a ceremony, it is removed; put in again, it is another device', async (t) => {
  const before = await only(keys);
  const authenticator = await keys.open(before.id);
  const { until, stop } = follow(keys);
  t.after(stop);
  await until(({ length }) => length === 1);
  const options = await createRegistrationOptions({
    rpId: RP_ID,
    rpName: 'Guest',
    user: { id: randomBytes(16), name: 'ada', displayName: 'Ada' },
    challenge: randomBytes(32),
    exclude: [],
    timeout: 60_000,
  });
  let start = 0;
  const talk = person(() => {
    start = performance.now();
    void key.order('pullOut');
  });
  await assert.rejects(authenticator.makeCredential(options, ORIGIN, talk), code('authenticator.removed'));
  t.diagnostic(`the ceremony ended ${Math.round(performance.now() - start)} ms after it was pulled out`);
  await until(({ length }) => length === 0);
  t.diagnostic(`seen ${Math.round(performance.now() - start)} ms after it was pulled out`);
  await authenticator.close();
  await assert.rejects(keys.open(before.id), code('authenticator.not_found'));

  start = performance.now();
  await key.order('plugIn');
  const [again] = await until(({ length }) => length === 1);
  t.diagnostic(`seen ${Math.round(performance.now() - start)} ms after it was put in again`);
  assert.notEqual(again?.id, before.id);
  const { response } = await register(t, keys, key);
  assert.equal(response.type, 'public-key');
});

test('one that is pulled out and put in between two looks is told as another device', async (t) => {
  const { until, stop } = follow(keys);
  t.after(stop);
  const [before] = await until(({ length }) => length === 1);
  await key.order('pullOut');
  await key.order('plugIn');
  const [after_] = await until(([device]) => device !== undefined && device.id !== before?.id);
  assert.equal(after_?.name, 'Acme Test Key');
});

test('a key can be used the moment it is seen', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    await key.order('pullOut');
    while ((await keys.list()).length > 0);
    await key.order('plugIn');
    let [device] = await keys.list();
    while (device === undefined) [device] = await keys.list();
    const authenticator = await keys.open(device.id);
    await authenticator.close();
  }
});

test('of two keys, the one that is touched is chosen', async (t) => {
  const second = await startDevice('key-process.ts', ['Second Key', '0043']);
  await second.order('plugIn');
  const { until, stop } = follow(keys);
  const both = await until(({ length }) => length === 2);
  stop();
  const wanted = both.find(({ serial }) => serial === '0043');
  const choice = keys.chooseByTouch(
    both.map(({ id }) => id),
    new AbortController().signal,
  );
  // A touch counts only while the key waits for it.
  const finger = setInterval(() => void second.order('touch'), 50);
  t.after(() => clearInterval(finger));
  assert.equal(await choice, wanted?.id);
  clearInterval(finger);
  await second.order('pullOut');
  // The other one has stopped waiting: it can be used.
  await register(t, keys, key);
});

test('a user who may not open it sees why, and sees it when that changes', async (t) => {
  const child = fork(join(import.meta.dirname, 'nobody.ts'), [], { uid: 65_534, gid: 65_534 });
  t.after(() => child.kill('SIGKILL'));
  const [refused] = await once(child, 'message');
  assert.equal(refused.opened, 'authenticator.no_permission');
  assert.equal(refused.device.name, 'Acme Test Key');
  assert.equal(refused.device.accessible, false);
  assert.equal(refused.device.problem, 'noPermission');
  const [node] = await new LinuxHidraw().find();
  assert.ok(node !== undefined);
  const start = performance.now();
  const allowed = once(child, 'message');
  await chmod(node.path, 0o666);
  const [opened] = await allowed;
  t.diagnostic(`seen ${Math.round(performance.now() - start)} ms after it was allowed`);
  assert.deepEqual([opened.opened, opened.device.accessible, opened.device.problem], ['opened', true, null]);
});

test('devices whose programs are killed are gone', async () => {
  const { until, stop } = follow(keys);
  await until(({ length }) => length === 1);
  for (const device of devices) device.kill('SIGKILL');
  await until(({ length }) => length === 0);
  stop();
});
