import { randomBytes } from 'node:crypto';
import { describe, expect, it, type TestContext } from 'vitest';
import {
  type AuthenticatorInfo,
  CredentialManagement,
  credentialManagementOf,
  encodeCbor,
  PERMISSION,
  supportsSelection,
} from '../../main/ctap/index.ts';
import { descriptor, type Key, type Known, make, needsPin, openKey, sign, token } from './firmware.ts';

function needsManagement(context: TestContext, { info }: Key): void {
  context.skip(credentialManagementOf(info) === null, 'the firmware says that it manages no credentials');
  needsPin(context, info);
}

async function management(key: Key, info: AuthenticatorInfo = key.info): Promise<CredentialManagement> {
  const proof = await token(key, { permissions: PERMISSION.cm });
  if (proof === undefined) throw new Error('no token');
  return new CredentialManagement(key.ctap, info, proof);
}

function hashOf({ authData }: Known): Uint8Array {
  return authData.subarray(0, 32);
}

/** Two relying parties, one with two credentials and one with one. */
async function three(key: Key, name: string): Promise<[Known, Known, Known]> {
  const shop = `shop.${name}.example`;
  const bank = `bank.${name}.example`;
  const user = (id: string) => ({ id: Buffer.from(id), name: id, displayName: `The ${id}` });
  return [
    await make(key, { rpId: shop, rk: true, user: user('ada') }),
    await make(key, { rpId: bank, rk: true, user: user('ada') }),
    await make(key, { rpId: shop, rk: true, user: user('grace') }),
  ];
}

/** What is managed in the same way by the command and by its preview. */
async function manages(key: Key, name: string, info: AuthenticatorInfo): Promise<void> {
  const open = () => management(key, info);
  const before = await (await open()).getCredsMetadata();
  const [first, bank, second] = await three(key, name);
  const after = await (await open()).getCredsMetadata();
  expect(after.existingResidentCredentials).toBe(before.existingResidentCredentials + 3);
  expect(after.maxPossibleRemaining).toBeLessThan(before.maxPossibleRemaining);

  const rps = await (await open()).enumerateRps();
  expect(new Set(rps.map(({ rpId }) => rpId)).size).toBe(rps.length);
  for (const { rpId } of [first, bank]) {
    expect(rps.filter((rp) => rp.rpId === rpId)).toMatchObject([{ rpIdWhole: true }]);
  }

  const manager = await open();
  const stored = await manager.enumerateCredentials(hashOf(first));
  expect(stored).toHaveLength(2);
  for (const made of [first, second]) {
    const [found] = stored.filter(({ credentialId }) => Buffer.compare(credentialId, made.id) === 0);
    expect(Buffer.from(found?.user.id ?? '')).toEqual(Buffer.from(made.user));
    expect(found?.user.name).toBe(Buffer.from(made.user).toString());
    expect(encodeCbor(found?.publicKey ?? new Map())).toEqual(new Uint8Array(made.publicKey));
  }

  await (await open()).deleteCredential(descriptor(first));
  const left = await (await open()).enumerateCredentials(hashOf(first));
  expect(left.map(({ credentialId }) => Buffer.from(credentialId))).toEqual([Buffer.from(second.id)]);
  const gone = (await open()).deleteCredential(descriptor(first));
  await expect(gone).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
  const { answers } = await sign(key, { rpId: first.rpId });
  expect(answers.map(({ credentialId }) => Buffer.from(credentialId ?? ''))).toEqual([
    Buffer.from(second.id),
  ]);

  for (const made of [second, bank]) await (await open()).deleteCredential(descriptor(made));
  expect(await (await open()).enumerateCredentials(hashOf(first))).toEqual([]);
  const end = await (await open()).getCredsMetadata();
  expect(end.existingResidentCredentials).toBe(before.existingResidentCredentials);
}

export function credentialManagement(): void {
  describe('credential management', () => {
    it('counts, lists and deletes', async (context) => {
      const key = await openKey();
      needsManagement(context, key);
      await manages(key, 'standard', key.info);
    });

    it('counts, lists and deletes by the preview of CTAP 2.1 as well', async (context) => {
      const key = await openKey();
      needsManagement(context, key);
      const preview =
        key.info.options.credentialMgmtPreview === true || key.info.versions.includes('FIDO_2_1_PRE');
      context.skip(!preview, 'the firmware does not say that it knows the preview');
      await manages(key, 'preview', { ...key.info, options: { credentialMgmtPreview: true } });
    });

    it('changes the names of a person', async (context) => {
      const rpId = 'rename.example';
      const key = await openKey();
      needsManagement(context, key);
      const offered = credentialManagementOf(key.info) === 'standard' && supportsSelection(key.info);
      context.skip(!offered, 'the firmware does not say that it knows CTAP 2.1, where this came');
      const user = { id: randomBytes(16), name: 'ada', displayName: 'Ada' };
      const made = await make(key, { rpId, rk: true, user });
      const renamed = { ...user, name: 'lovelace', displayName: 'Ada Lovelace' };
      await (await management(key)).updateUserInformation(descriptor(made), renamed);
      const stored = await (await management(key)).enumerateCredentials(hashOf(made));
      expect(stored).toMatchObject([{ user: { name: 'lovelace', displayName: 'Ada Lovelace' } }]);
    });

    it('is refused without the permission', async (context) => {
      const key = await openKey();
      needsManagement(context, key);
      context.skip(
        key.info.options.pinUvAuthToken !== true,
        'the firmware says that it knows no permissions',
      );
      const proof = await token(key, { permissions: PERMISSION.ga, rpId: 'refused.example' });
      if (proof === undefined) throw new Error('no token');
      const refused = new CredentialManagement(key.ctap, key.info, proof).getCredsMetadata();
      await expect(refused).rejects.toMatchObject({ code: 'authenticator.pin_auth_invalid' });
    });

    it('finds nothing where everything was deleted', async (context) => {
      const key = await openKey();
      needsManagement(context, key);
      for (const rp of await (await management(key)).enumerateRps()) {
        for (const { credentialId } of await (await management(key)).enumerateCredentials(rp.rpIdHash)) {
          await (await management(key)).deleteCredential({ id: credentialId, type: 'public-key' });
        }
      }
      const manager = await management(key);
      expect(await manager.enumerateRps()).toEqual([]);
      expect(await manager.enumerateCredentials(randomBytes(32))).toEqual([]);
    });
  });
}
