import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, rename, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  createSoftwareKeys,
  pinToBytes,
  type SoftwareKeysOptions,
} from '../../../main/authenticators/index.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { fromBase64url, type RegistrationResponse } from '../../../shared/domain/index.ts';
import {
  assertion,
  clientPin,
  connect,
  creationOptions,
  make,
  ORIGIN,
  PIN,
  person,
  proof,
  rejection,
  requestOptions,
  statusOf,
  temporaryFolder,
} from './helpers.ts';

function keysIn(folder: string, options: Partial<SoftwareKeysOptions> = {}) {
  const keys = createSoftwareKeys({ folder, clock: systemClock, ...options });
  onTestFinished(() => keys.close());
  return keys;
}
type Keys = ReturnType<typeof keysIn>;

/** Makes a key and its passkey, the way an enrolment does. */
async function enrol(keys: Keys, pin = PIN): Promise<{ keyId: string; made: RegistrationResponse }> {
  const keyId = await keys.create();
  const authenticator = await keys.open(keyId);
  const { talk } = person({ pins: [pin], touch: () => keys.touch(keyId) });
  const made = await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
  await authenticator.close();
  return { keyId, made };
}

/** Signs with the passkey of a key, giving these PINs. */
async function sign(keys: Keys, keyId: string, credentialId: string, pins = [PIN]) {
  const authenticator = await keys.open(keyId);
  const { talk, asks, given } = person({ pins, touch: () => keys.touch(keyId) });
  try {
    const answer = await authenticator.getAssertion(requestOptions([credentialId]), ORIGIN, talk);
    return { answer, asks, given };
  } finally {
    await authenticator.close();
  }
}

const signCount = (authenticatorData: string) =>
  Buffer.from(fromBase64url(authenticatorData)).readUInt32BE(33);
const code = async (promise: Promise<unknown>) => {
  const error = await rejection(promise);
  return error instanceof Error && 'code' in error ? error.code : error;
};

describe('the file of a software key', () => {
  it('is written with the first PIN and not before, readable for its owner only', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const keys = keysIn(folder);
    const keyId = await keys.create();
    const authenticator = await keys.open(keyId);
    expect(await keys.has(keyId)).toBe(true);
    expect(await keys.list()).toEqual([]);
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' });

    const { talk } = person({ touch: () => keys.touch(keyId) });
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await readdir(folder)).toEqual([`${keyId}.swkey`]);
    expect(await keys.list()).toEqual([keyId]);
    expect((await stat(join(folder, `${keyId}.swkey`))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('gives the passkey back after a restart, with its counter', async () => {
    const folder = await temporaryFolder();
    const before = keysIn(folder);
    const { keyId, made } = await enrol(before);
    const first = await sign(before, keyId, made.id);
    await before.close();

    const after = keysIn(folder);
    expect(await after.has(keyId)).toBe(true);
    const second = await sign(after, keyId, made.id);
    expect(signCount(second.answer.response.authenticatorData)).toBe(
      signCount(first.answer.response.authenticatorData) + 1,
    );
  });

  it('counts wrong PINs across restarts and locks for good', async () => {
    const folder = await temporaryFolder();
    const { keyId, made } = await enrol(keysIn(folder));
    const retries: unknown[] = [];
    for (const pins of [
      ['000000', '111111', '222222'],
      ['333333', '444444', '555555'],
      ['666666', '777777'],
    ]) {
      const keys = keysIn(folder);
      const error = await rejection(sign(keys, keyId, made.id, pins));
      retries.push(error);
      await keys.close();
    }
    expect(retries).toEqual([
      expect.objectContaining({ code: 'authenticator.pin_soft_locked', details: { triesLeft: 5 } }),
      expect.objectContaining({ code: 'authenticator.pin_soft_locked', details: { triesLeft: 2 } }),
      expect.objectContaining({ code: 'authenticator.pin_locked', details: { triesLeft: 0 } }),
    ]);
    expect(await code(sign(keysIn(folder), keyId, made.id))).toBe('authenticator.pin_locked');
  });

  it('counts a try on the disk before it checks the PIN', async () => {
    const root = await temporaryFolder();
    const folder = join(root, 'keys');
    const keys = keysIn(folder);
    const { keyId, made } = await enrol(keys);
    const before = await readFile(join(folder, `${keyId}.swkey`));
    // Where the try cannot be counted, not even the right PIN is tried.
    await rename(folder, join(root, 'away'));
    await writeFile(folder, '');
    const authenticator = await keys.open(keyId);
    const { talk, phases } = person({ touch: () => keys.touch(keyId) });
    const signed = authenticator.getAssertion(requestOptions([made.id]), ORIGIN, talk);
    expect(await code(signed)).toBe('store.read_only');
    expect(phases).toEqual(['connecting', 'working']);
    await unlink(folder);
    await rename(join(root, 'away'), folder);
    expect(await readFile(join(folder, `${keyId}.swkey`))).toEqual(before);
    await sign(keys, keyId, made.id);
  });

  it('holds neither PIN nor passkey nor names in clear', async () => {
    const folder = await temporaryFolder();
    const { keyId, made } = await enrol(keysIn(folder), 'a phrase as PIN');
    const file = await readFile(join(folder, `${keyId}.swkey`));
    const hash = createHash('sha256').update('a phrase as PIN').digest();
    for (const secret of [
      'a phrase',
      'localhost',
      'User',
      Buffer.from(fromBase64url(made.id)),
      hash.subarray(0, 16),
    ]) {
      expect(file.includes(secret)).toBe(false);
    }
  });

  it('is refused and left alone after any single flipped bit', async () => {
    const folder = await temporaryFolder();
    const { keyId } = await enrol(keysIn(folder));
    const path = join(folder, `${keyId}.swkey`);
    const whole = await readFile(path);
    const codes = new Set<unknown>();
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, damaged);
      codes.add(await code(keysIn(folder).open(keyId)));
      expect(await readFile(path)).toEqual(damaged);
    }
    expect(codes).toEqual(new Set(['authenticator.key_file_damaged']));
  });

  it('does not open under a header that somebody changed and hashed anew', async () => {
    const folder = await temporaryFolder();
    const { keyId, made } = await enrol(keysIn(folder));
    const path = join(folder, `${keyId}.swkey`);
    const whole = await readFile(path);
    const forged = Buffer.from(whole.subarray(0, -32));
    // The last fixed field of the header is minPINLength: key 7, value 6.
    const at = forged.indexOf(Buffer.of(0x07, 0x06, 0x08));
    forged[at + 1] = 0x04;
    await writeFile(path, Buffer.concat([forged, createHash('sha256').update(forged).digest()]));
    const error = await rejection(sign(keysIn(folder), keyId, made.id, [PIN, PIN, PIN]));
    expect(error).toMatchObject({ code: 'authenticator.pin_soft_locked' });
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['cut off', Buffer.from('KWSWKEY\n')],
    ['something else', Buffer.from('SQLite format 3\0'.repeat(40))],
  ])('is refused where it is %s', async (_what, content) => {
    const folder = await temporaryFolder();
    const keys = keysIn(folder);
    const keyId = '01920000-0000-7000-8000-000000000001';
    await writeFile(join(folder, `${keyId}.swkey`), content);
    expect(await code(keys.open(keyId))).toBe('authenticator.key_file_damaged');
    expect(await readFile(join(folder, `${keyId}.swkey`))).toEqual(content);
  });

  it('is refused under the name of another key, and behind a symbolic link', async () => {
    const folder = await temporaryFolder();
    const { keyId } = await enrol(keysIn(folder));
    const other = '01920000-0000-7000-8000-000000000002';
    const linked = '01920000-0000-7000-8000-000000000003';
    await copyFile(join(folder, `${keyId}.swkey`), join(folder, `${other}.swkey`));
    await symlink(join(folder, `${keyId}.swkey`), join(folder, `${linked}.swkey`));
    expect(await code(keysIn(folder).open(other))).toBe('authenticator.key_file_damaged');
    expect(await code(keysIn(folder).open(linked))).toBe('authenticator.key_file_damaged');
  });

  it('tells a format that is newer than this program', async () => {
    const folder = await temporaryFolder();
    const { keyId } = await enrol(keysIn(folder));
    const path = join(folder, `${keyId}.swkey`);
    const newer = Buffer.from((await readFile(path)).subarray(0, -32));
    // After 8 bytes of magic: a map, key 1, version 1.
    expect(newer.subarray(9, 11)).toEqual(Buffer.of(1, 2));
    newer[10] = 3;
    await writeFile(path, Buffer.concat([newer, createHash('sha256').update(newer).digest()]));
    expect(await code(keysIn(folder).open(keyId))).toBe('authenticator.key_file_newer');
  });

  it('stays whole when a write fails, and the key says why', async () => {
    const folder = join(await temporaryFolder(), 'keys');
    const keys = keysIn(folder);
    // A file in the place of the folder: nothing can be written, whoever runs this.
    await writeFile(folder, '');
    const keyId = await keys.create();
    const authenticator = await keys.open(keyId);
    const { talk } = person({ touch: () => keys.touch(keyId) });
    expect(await code(authenticator.makeCredential(creationOptions(), ORIGIN, talk))).toBe('store.read_only');
  });

  it('leaves no temporary files behind', async () => {
    const folder = await temporaryFolder();
    const keys = keysIn(folder);
    const { keyId, made } = await enrol(keys);
    for (let i = 0; i < 3; i += 1) await sign(keys, keyId, made.id);
    expect(await readdir(folder)).toEqual([`${keyId}.swkey`]);
  });
});

describe('several software keys', () => {
  it('have PINs and passkeys of their own, also at the same time', async () => {
    const keys = keysIn(await temporaryFolder());
    const one = await enrol(keys, '111111');
    const two = await enrol(keys, '222222');
    expect((await keys.list()).toSorted()).toEqual([one.keyId, two.keyId].toSorted());
    const [first, second] = await Promise.all([
      sign(keys, one.keyId, one.made.id, ['111111']),
      sign(keys, two.keyId, two.made.id, ['222222']),
    ]);
    expect(first.answer.id).toBe(one.made.id);
    expect(second.answer.id).toBe(two.made.id);
    expect(await code(sign(keys, one.keyId, two.made.id, ['111111']))).toBe('authenticator.no_credentials');
    const wrong = sign(keys, one.keyId, one.made.id, ['222222', '222222', '222222']);
    expect(await code(wrong)).toBe('authenticator.pin_soft_locked');
    await sign(keys, two.keyId, two.made.id, ['222222']);
  });

  it('share no touch', async () => {
    const keys = keysIn(await temporaryFolder(), { touchTimeout: 50 });
    const one = await keys.create();
    const two = await keys.create();
    const authenticator = await keys.open(one);
    const { talk } = person({ touch: () => keys.touch(two) });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await code(made)).toBe('authenticator.timed_out');
  });
});

describe('the life of a software key', () => {
  it('asks for the PIN for every signature, unlocked or not', async () => {
    const keys = keysIn(await temporaryFolder());
    const { keyId, made } = await enrol(keys);
    for (let i = 0; i < 2; i += 1) {
      const { asks } = await sign(keys, keyId, made.id);
      expect(asks).toMatchObject([{ ask: 'enter', minLength: 6, maxBytes: 63, triesLeft: 8, problem: null }]);
    }
    // Unlocked as it is, a wrong PIN is wrong.
    const { asks } = await sign(keys, keyId, made.id, ['000000', PIN]);
    expect(asks.map(({ problem, triesLeft }) => [problem, triesLeft])).toEqual([
      [null, 8],
      ['wrong', 7],
    ]);
  });

  it('ends the soft lock when it is reconnected', async () => {
    const keys = keysIn(await temporaryFolder());
    const { keyId, made } = await enrol(keys);
    const wrong = ['000000', '000000', '000000'];
    expect(await code(sign(keys, keyId, made.id, wrong))).toBe('authenticator.pin_soft_locked');
    const error = await rejection(sign(keys, keyId, made.id, []));
    expect(error).toMatchObject({ code: 'authenticator.pin_soft_locked', details: { triesLeft: 5 } });
    await keys.reconnect(keyId);
    const { asks } = await sign(keys, keyId, made.id);
    expect(asks[0]?.triesLeft).toBe(5);
  });

  it('locks itself after the idle limit, and works again with the PIN', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const folder = await temporaryFolder();
    const keyId = '01920000-0000-7000-8000-000000000004';
    const home = { path: join(folder, `${keyId}.swkey`), file: null };
    const device = new SoftwareDevice({ keyId, clock: systemClock, home, idleLimit: 60_000 });
    onTestFinished(() => device.close());
    const { ctap } = await connect(device);
    await clientPin(ctap).setPin(pinToBytes(PIN));
    expect(await statusOf(make(ctap))).toBe('PUAT_REQUIRED');

    const beforeLock = await proof(ctap);
    const silent = { ids: [new Uint8Array(32)], up: false };
    expect(await statusOf(assertion(ctap, silent))).toBe('NO_CREDENTIALS');
    await vi.advanceTimersByTimeAsync(60_001);
    expect(await statusOf(assertion(ctap, silent))).toBe('PUAT_REQUIRED');
    expect(await statusOf(assertion(ctap, { ...silent, pinUvAuth: beforeLock }))).toBe('PIN_AUTH_INVALID');
    const afterLock = await proof(ctap);
    expect(await statusOf(assertion(ctap, { ...silent, pinUvAuth: afterLock }))).toBe('NO_CREDENTIALS');
  });

  it('can be removed, open or not', async () => {
    const folder = await temporaryFolder();
    const keys = keysIn(folder);
    const { keyId } = await enrol(keys);
    const unwritten = await keys.create();
    await keys.remove(keyId);
    await keys.remove(unwritten);
    expect(await readdir(folder)).toEqual([]);
    for (const id of [keyId, unwritten]) {
      expect(await keys.has(id)).toBe(false);
      expect(await code(keys.open(id))).toBe('authenticator.not_found');
    }
  });

  it('is not looked for outside its folder', async () => {
    const keys = keysIn(await temporaryFolder());
    for (const id of ['../../etc/passwd', '', '.', '01920000-0000-7000-8000-00000000000A']) {
      expect(await code(keys.open(id))).toBe('authenticator.not_found');
      expect(await code(keys.remove(id))).toBe('authenticator.not_found');
      expect(await keys.has(id)).toBe(false);
    }
  });

  it('ends what runs when it is closed', async () => {
    const keys = keysIn(await temporaryFolder());
    const keyId = await keys.create();
    const authenticator = await keys.open(keyId);
    const { talk } = person({ touch: () => void keys.close() });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await code(made)).toBe('authenticator.removed');
  });
});
