import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { decodeKeyFile } from '../../../main/authenticators/software/key-file.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import {
  COMMAND,
  CredentialManagement,
  type Ctap2,
  cborMap,
  encodeCbor,
  PERMISSION,
  CRED_MGMT_SUBCOMMAND as SUB,
} from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import {
  assertion,
  clientPin,
  connect,
  HASH,
  keyWithPin,
  make,
  PIN,
  proof,
  publicKeyOf,
  RP_ID,
  signatureHolds,
  statusOf,
  temporaryFolder,
  throwAwayKey,
  tokenFor,
} from './helpers.ts';

const hashOf = (rpId: string) => createHash('sha256').update(rpId).digest();
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

/** Makes a resident credential with the PIN. */
async function makeResident(
  ctap: Ctap2,
  options: { user?: string; rpId?: string; credProtect?: number } = {},
) {
  const { rpId = RP_ID } = options;
  return make(ctap, { ...options, rk: true, pinUvAuth: await proof(ctap, { rpId }) });
}

/** The management of a key, with a token for it. */
async function manage(ctap: Ctap2, options: { rpId?: string; version?: 1 | 2; permissions?: number } = {}) {
  const { permissions = PERMISSION.cm, ...rest } = options;
  return new CredentialManagement(ctap, await ctap.getInfo(), await tokenFor(ctap, permissions, rest));
}

const next = (ctap: Ctap2, subCommand: number) =>
  ctap.send(COMMAND.credentialManagement, cborMap([[0x01, subCommand]]));

describe.each([1, 2] as const)('credential management with protocol %i', (version) => {
  it('counts, lists and finds nothing on a new key', async () => {
    const { ctap } = await keyWithPin();
    const management = await manage(ctap, { version });
    expect(await management.getCredsMetadata()).toMatchObject({
      existingResidentCredentials: 0,
      maxPossibleRemaining: 1000,
    });
    expect(await management.enumerateRps()).toEqual([]);
    expect(await management.enumerateCredentials(hashOf(RP_ID))).toEqual([]);
  });

  it('lists every resident credential of every relying party, and no other', async () => {
    const { ctap } = await keyWithPin();
    const one = await makeResident(ctap, { user: 'one' });
    const two = await makeResident(ctap, { user: 'two', credProtect: 3 });
    const elsewhere = await makeResident(ctap, { rpId: 'example.org' });
    await make(ctap);

    const management = await manage(ctap, { version });
    expect(await management.getCredsMetadata()).toMatchObject({
      existingResidentCredentials: 3,
      maxPossibleRemaining: 996,
    });
    expect(await management.enumerateRps()).toMatchObject([
      { rpId: RP_ID, rpIdWhole: true, rpIdHash: new Uint8Array(hashOf(RP_ID)) },
      { rpId: 'example.org', rpIdWhole: true, rpIdHash: new Uint8Array(hashOf('example.org')) },
    ]);
    const listed = await management.enumerateCredentials(hashOf(RP_ID));
    expect(
      listed.map(({ user, credProtect }) => [text(user.id), user.name, user.displayName, credProtect]),
    ).toEqual([
      ['one', 'one@test', 'one', 1],
      ['two', 'two@test', 'two', 3],
    ]);
    expect(listed.map(({ credentialId }) => Buffer.from(credentialId))).toEqual([
      one.credentialId,
      two.credentialId,
    ]);
    expect(await management.enumerateCredentials(hashOf('example.org'))).toHaveLength(1);
    const [first] = listed;
    const signed = await assertion(ctap, { ids: [one.credentialId] });
    expect(signatureHolds(publicKeyOf(first?.publicKey), signed)).toBe(true);
    expect(elsewhere.credentialId).not.toEqual(one.credentialId);
  });

  it('deletes one credential for good', async () => {
    const { ctap } = await keyWithPin();
    const gone = await makeResident(ctap, { user: 'gone' });
    const kept = await makeResident(ctap, { user: 'kept' });
    const management = await manage(ctap, { version });
    await management.deleteCredential({ id: gone.credentialId, type: 'public-key' });
    expect(await management.enumerateCredentials(hashOf(RP_ID))).toHaveLength(1);
    expect(await statusOf(assertion(ctap, { ids: [gone.credentialId] }))).toBe('NO_CREDENTIALS');
    await assertion(ctap, { ids: [kept.credentialId] });
    const again = (await manage(ctap)).deleteCredential({ id: gone.credentialId, type: 'public-key' });
    expect(await statusOf(again)).toBe('NO_CREDENTIALS');
    expect((await ctap.getInfo()).remainingDiscoverableCredentials).toBe(999);
  });

  it('replaces names, and removes those that are left out or empty', async () => {
    const { ctap } = await keyWithPin();
    const { credentialId } = await makeResident(ctap);
    const descriptor = { id: credentialId, type: 'public-key' } as const;
    const id = Buffer.from('user');
    const management = await manage(ctap, { version });
    const userNow = async () => (await management.enumerateCredentials(hashOf(RP_ID)))[0]?.user;
    await management.updateUserInformation(descriptor, { id, name: 'new@test', displayName: 'New' });
    expect(await userNow()).toMatchObject({ name: 'new@test', displayName: 'New' });
    await management.updateUserInformation(descriptor, { id, name: '', displayName: 'Newer' });
    expect(await userNow()).toEqual({ id: new Uint8Array(id), displayName: 'Newer' });
    await management.updateUserInformation(descriptor, { id });
    expect(await userNow()).toEqual({ id: new Uint8Array(id) });
  });

  it('changes nothing for another user handle, and nothing that is not there', async () => {
    const { ctap } = await keyWithPin();
    const { credentialId } = await makeResident(ctap);
    const management = await manage(ctap, { version });
    const update = (id: Uint8Array, user: string) =>
      management.updateUserInformation({ id, type: 'public-key' }, { id: Buffer.from(user), name: 'no' });
    expect(await statusOf(update(credentialId, 'other'))).toBe('INVALID_PARAMETER');
    expect(await statusOf(update(new Uint8Array(32), 'user'))).toBe('NO_CREDENTIALS');
    const [stored] = await management.enumerateCredentials(hashOf(RP_ID));
    expect(stored?.user.name).toBe('user@test');
  });
});

describe('a token for credential management', () => {
  it('needs its permission', async () => {
    const { ctap } = await keyWithPin();
    await makeResident(ctap);
    const wrong = await manage(ctap, { permissions: PERMISSION.mc | PERMISSION.ga, rpId: RP_ID });
    expect(await statusOf(wrong.getCredsMetadata())).toBe('PIN_AUTH_INVALID');
    const legacy = await clientPin(ctap).getPinToken(pinToBytes(PIN));
    const management = new CredentialManagement(ctap, await ctap.getInfo(), legacy);
    expect(await statusOf(management.enumerateRps())).toBe('PIN_AUTH_INVALID');
  });

  it('of one relying party sees, deletes and renames there only', async () => {
    const { ctap } = await keyWithPin();
    const here = await makeResident(ctap);
    const there = await makeResident(ctap, { rpId: 'example.org' });
    const management = await manage(ctap, { rpId: RP_ID });
    const user = { id: Buffer.from('user'), name: 'renamed' };
    const mine = { id: here.credentialId, type: 'public-key' } as const;
    const foreign = { id: there.credentialId, type: 'public-key' } as const;
    expect(await statusOf(management.getCredsMetadata())).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(management.enumerateRps())).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(management.enumerateCredentials(hashOf('example.org')))).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(management.deleteCredential(foreign))).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(management.updateUserInformation(foreign, user))).toBe('PIN_AUTH_INVALID');
    expect(await management.enumerateCredentials(hashOf(RP_ID))).toHaveLength(1);
    await management.updateUserInformation(mine, user);
    await management.deleteCredential(mine);
    expect(await (await manage(ctap)).enumerateRps()).toMatchObject([{ rpId: 'example.org' }]);
  });

  it('is needed, with its protocol, and proves the very parameters', async () => {
    const { ctap } = await keyWithPin();
    const { credentialId } = await makeResident(ctap);
    const other = await makeResident(ctap, { user: 'other' });
    const descriptor = (id: Uint8Array) =>
      cborMap([
        [
          0x02,
          cborMap([
            ['id', id],
            ['type', 'public-key'],
          ]),
        ],
      ]);
    const token = await tokenFor(ctap, PERMISSION.cm);
    const signed = token.authenticate(
      Buffer.concat([Uint8Array.of(SUB.deleteCredential), encodeCbor(descriptor(credentialId))]),
    );
    const send = (fields: Parameters<typeof cborMap>[0]) =>
      statusOf(ctap.send(COMMAND.credentialManagement, cborMap(fields)));
    const remove: [number, number] = [0x01, SUB.deleteCredential];
    expect(await send([remove, [0x02, descriptor(credentialId)]])).toBe('PUAT_REQUIRED');
    expect(await send([remove, [0x02, descriptor(credentialId)], [0x04, signed.param]])).toBe(
      'MISSING_PARAMETER',
    );
    expect(
      await send([remove, [0x02, descriptor(other.credentialId)], [0x03, 2], [0x04, signed.param]]),
    ).toBe('PIN_AUTH_INVALID');
    expect(await send([remove, [0x02, descriptor(credentialId)], [0x03, 3], [0x04, signed.param]])).toBe(
      'INVALID_PARAMETER',
    );
    expect(await send([])).toBe('MISSING_PARAMETER');
    expect(await send([[0x01, 0x08]])).toBe('INVALID_SUBCOMMAND');
    const bare = token.authenticate(Uint8Array.of(SUB.deleteCredential));
    expect(await send([remove, [0x03, 2], [0x04, bare.param]])).toBe('MISSING_PARAMETER');
  });

  it('is refused where there is no PIN', async () => {
    const { ctap } = await throwAwayKey();
    expect(await statusOf(ctap.send(COMMAND.credentialManagement, cborMap([[0x01, 1]])))).toBe(
      'PUAT_REQUIRED',
    );
  });
});

describe('an enumeration', () => {
  const three = async (options: Parameters<typeof keyWithPin>[0] = {}) => {
    const key = await keyWithPin(options);
    for (const user of ['a', 'b', 'c']) await makeResident(key.ctap, { user });
    await makeResident(key.ctap, { rpId: 'example.org' });
    const token = await tokenFor(key.ctap, PERMISSION.cm);
    const begin = (subCommand: number, parameters?: ReturnType<typeof cborMap>) => {
      const encoded = parameters === undefined ? new Uint8Array() : encodeCbor(parameters);
      const { param } = token.authenticate(Buffer.concat([Uint8Array.of(subCommand), encoded]));
      return key.ctap.send(
        COMMAND.credentialManagement,
        cborMap([
          [0x01, subCommand],
          [0x02, parameters],
          [0x03, 2],
          [0x04, param],
        ]),
      );
    };
    const beginCredentials = () => begin(SUB.enumerateCredentialsBegin, cborMap([[0x01, hashOf(RP_ID)]]));
    return { ...key, begin, beginCredentials };
  };
  const nextRp = (ctap: Ctap2) => next(ctap, SUB.enumerateRPsGetNextRP);
  const nextCredential = (ctap: Ctap2) => next(ctap, SUB.enumerateCredentialsGetNextCredential);

  it('gives no more than there is, and nothing that was not begun', async () => {
    const { ctap, begin, beginCredentials } = await three();
    expect(await statusOf(nextRp(ctap))).toBe('NOT_ALLOWED');
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
    await begin(SUB.enumerateRPsBegin);
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
    await nextRp(ctap);
    expect(await statusOf(nextRp(ctap))).toBe('NOT_ALLOWED');
    await beginCredentials();
    await nextCredential(ctap);
    await nextCredential(ctap);
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
  });

  it('ends with any other command, another enumeration and the loss of power', async () => {
    const { ctap, device, begin, beginCredentials } = await three();
    await beginCredentials();
    await ctap.getInfo();
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
    await beginCredentials();
    await begin(SUB.getCredsMetadata);
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
    await beginCredentials();
    await begin(SUB.enumerateRPsBegin);
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
    await beginCredentials();
    expect(await statusOf(ctap.getNextAssertion())).toBe('NOT_ALLOWED');
    await device.powerCycle();
    const again = await connect(device);
    expect(await statusOf(nextCredential(again.ctap))).toBe('NOT_ALLOWED');
  });

  it('ends 30 s after its last answer', async () => {
    let now = 1_000_000;
    const { ctap, beginCredentials } = await three({ clock: { now: () => now } });
    await beginCredentials();
    now += 30_000;
    await nextCredential(ctap);
    now += 30_001;
    expect(await statusOf(nextCredential(ctap))).toBe('NOT_ALLOWED');
  });
});

describe('a key with a file', () => {
  it('keeps what was deleted and renamed, and hides how much room is left while it is locked', async () => {
    const keyId = '01920000-0000-7000-8000-000000000005';
    const path = join(await temporaryFolder(), `${keyId}.swkey`);
    const open = async () => {
      const file = await readFile(path).then(
        (bytes) => decodeKeyFile(bytes, keyId),
        () => null,
      );
      const device = new SoftwareDevice({ keyId, clock: systemClock, home: { path, file } });
      onTestFinished(() => device.close());
      const { ctap } = await connect(device);
      const touching = <T>(run: Promise<T>): Promise<T> => {
        const timer = setInterval(() => device.touch(), 5);
        return run.finally(() => clearInterval(timer));
      };
      return { device, ctap, touching };
    };
    const first = await open();
    await clientPin(first.ctap).setPin(pinToBytes(PIN));
    const gone = await first.touching(makeResident(first.ctap, { user: 'gone' }));
    await first.touching(makeResident(first.ctap, { user: 'kept' }));
    expect((await first.ctap.getInfo()).remainingDiscoverableCredentials).toBe(998);
    const management = await manage(first.ctap);
    await management.deleteCredential({ id: gone.credentialId, type: 'public-key' });
    const [kept] = await management.enumerateCredentials(hashOf(RP_ID));
    await management.updateUserInformation(
      { id: kept?.credentialId ?? HASH, type: 'public-key' },
      { id: Buffer.from('kept'), name: 'renamed' },
    );
    await first.device.close();

    const second = await open();
    expect((await second.ctap.getInfo()).remainingDiscoverableCredentials).toBeUndefined();
    const again = await manage(second.ctap);
    expect(await again.enumerateCredentials(hashOf(RP_ID))).toMatchObject([{ user: { name: 'renamed' } }]);
    expect((await second.ctap.getInfo()).remainingDiscoverableCredentials).toBe(999);
  });
});
