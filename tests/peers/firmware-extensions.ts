import { randomBytes } from 'node:crypto';
import { describe, expect, it, type TestContext } from 'vitest';
import {
  type AssertionAnswer,
  type CborMap,
  CRED_PROTECT,
  type CredentialDescriptor,
  type CredProtectLevel,
  EXTENSION,
  type ExtensionName,
  getAssertionExtensions,
  type HmacSalts,
  HmacSecret,
  LargeBlobs,
  makeCredentialExtensions,
  PERMISSION,
  type PinUvAuthProtocol,
  parseAssertionOutputs,
  parseAuthenticatorData,
  parseCreationOutputs,
  prfSalts,
  supportsExtension,
} from '../../main/ctap/index.ts';
import {
  clientPin,
  descriptor,
  holds,
  type Key,
  type Known,
  make,
  needsPin,
  openKey,
  protocolsOf,
  sign,
  token,
} from './firmware.ts';

function needsExtension(context: TestContext, { info }: Key, name: ExtensionName): void {
  context.skip(!supportsExtension(info, name), `the firmware does not say that it has ${name}`);
}

function created({ authData }: Known) {
  return parseCreationOutputs(parseAuthenticatorData(authData).extensions);
}

/** What extensions said with an assertion. */
function outputs(answer: AssertionAnswer | undefined): CborMap {
  if (answer === undefined) throw new Error('no answer');
  return parseAuthenticatorData(answer.authData).extensions;
}

type How = { allowList?: CredentialDescriptor[]; protocol?: PinUvAuthProtocol };

/** The secrets of a credential for some salts, of a signature that holds. */
async function secrets(key: Key, made: Known, salts: HmacSalts, how: How = {}) {
  const { allowList = [descriptor(made)], protocol } = how;
  let hmac: HmacSecret | undefined;
  const signed = await sign(key, {
    rpId: made.rpId,
    ...(allowList.length === 0 ? {} : { allowList }),
    ...(protocol === undefined ? {} : { protocol }),
    extensions: async () => {
      hmac = new HmacSecret(await clientPin(key, protocol).sharedSecret(), salts);
      return getAssertionExtensions({ hmacSecret: hmac.input });
    },
  });
  const [answer] = signed.answers;
  await holds(made, answer, signed, allowList.length === 1);
  const { hmacSecret } = parseAssertionOutputs(outputs(answer));
  if (hmacSecret === undefined || hmac === undefined) throw new Error('no secret came');
  return hmac.open(hmacSecret);
}

const withHmac = makeCredentialExtensions({ hmacSecret: true });

export function extensions(): void {
  describe('hmac-secret', () => {
    it('gives the same secrets for the same inputs, and others for others', async (context) => {
      const key = await openKey();
      needsExtension(context, key, EXTENSION.hmacSecret);
      const made = await make(key, { extensions: withHmac });
      expect(created(made)).toMatchObject({ hmacSecret: true });
      const vault = { first: Buffer.from('vault') };
      const one = await secrets(key, made, prfSalts(vault));
      expect(one.first).toHaveLength(32);
      expect(one.second).toBeUndefined();
      expect(await secrets(key, made, prfSalts(vault))).toEqual(one);
      const two = await secrets(key, made, prfSalts({ ...vault, second: Buffer.from('other') }));
      expect(two.first).toEqual(one.first);
      expect(two.second).not.toEqual(one.first);
      const other = await secrets(key, made, prfSalts({ first: Buffer.from('other') }));
      expect(other.first).toEqual(two.second);
    });

    it('gives the same secrets by every PIN/UV auth protocol', async (context) => {
      const key = await openKey();
      needsExtension(context, key, EXTENSION.hmacSecret);
      const made = await make(key, { extensions: withHmac });
      const salts = { first: randomBytes(32), second: randomBytes(32) };
      const all = [];
      for (const protocol of protocolsOf(key.info)) all.push(await secrets(key, made, salts, { protocol }));
      for (const some of all) expect(some).toEqual(all[0]);
    });

    it('gives the same secrets for a passkey that is named and one that is found', async (context) => {
      const rpId = 'prf.example';
      const key = await openKey();
      needsExtension(context, key, EXTENSION.hmacSecret);
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const made = await make(key, { rpId, rk: true, extensions: withHmac });
      const salts = prfSalts({ first: Buffer.from('vault') });
      expect(await secrets(key, made, salts, { allowList: [] })).toEqual(await secrets(key, made, salts));
    });
  });

  describe('credProtect', () => {
    const none = { code: 'authenticator.no_credentials' };
    const levelOf = (credProtect: CredProtectLevel) => makeCredentialExtensions({ credProtect });

    it('hides a credential of level 3 from everyone without the PIN', async (context) => {
      const key = await openKey();
      needsExtension(context, key, EXTENSION.credProtect);
      needsPin(context, key.info);
      const made = await make(key, { extensions: levelOf(CRED_PROTECT.userVerificationRequired) });
      expect(created(made)).toMatchObject({ credProtect: 3 });
      const allowList = [descriptor(made)];
      await expect(sign(key, { allowList, verify: false })).rejects.toMatchObject(none);
      const signed = await sign(key, { allowList });
      await holds(made, signed.answers[0], signed);
    });

    it('hides a credential of level 2 from those who cannot name it', async (context) => {
      const rpId = 'protect.example';
      const key = await openKey();
      needsExtension(context, key, EXTENSION.credProtect);
      needsPin(context, key.info);
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const level = levelOf(CRED_PROTECT.userVerificationOptionalWithCredentialIDList);
      const made = await make(key, { rpId, rk: true, extensions: level });
      expect(created(made)).toMatchObject({ credProtect: 2 });
      await expect(sign(key, { rpId, verify: false })).rejects.toMatchObject(none);
      for (const wish of [{ rpId, verify: false, allowList: [descriptor(made)] }, { rpId }]) {
        const signed = await sign(key, wish);
        await holds(made, signed.answers[0], signed);
      }
    });
  });

  describe('blobs', () => {
    it('of credBlob come back as they were stored', async (context) => {
      const rpId = 'cred-blob.example';
      const key = await openKey();
      needsExtension(context, key, EXTENSION.credBlob);
      const credBlob = randomBytes(Number(key.info.maxCredBlobLength ?? 32));
      const made = await make(key, {
        rpId,
        rk: true,
        extensions: makeCredentialExtensions({ credBlob }),
      });
      expect(created(made)).toMatchObject({ credBlob: true });
      const { answers } = await sign(key, {
        rpId,
        allowList: [descriptor(made)],
        extensions: () => getAssertionExtensions({ credBlob: true }),
      });
      expect(parseAssertionOutputs(outputs(answers[0])).credBlob).toEqual(new Uint8Array(credBlob));
    });

    it('of largeBlobs are written, read and deleted, each by the key of its credential', async (context) => {
      const rpId = 'large-blob.example';
      const key = await openKey();
      needsExtension(context, key, EXTENSION.largeBlobKey);
      context.skip(key.info.options.largeBlobs !== true, 'the firmware says that it keeps no large blobs');
      const asked = makeCredentialExtensions({ largeBlobKey: true });
      const made = await make(key, { rpId, rk: true, extensions: asked });
      const signed = await sign(key, {
        rpId,
        allowList: [descriptor(made)],
        extensions: () => getAssertionExtensions({ largeBlobKey: true }),
      });
      const blobKey = signed.answers[0]?.largeBlobKey;
      if (blobKey === undefined) throw new Error('no key came');
      expect(blobKey).toEqual(made.largeBlobKey);
      const blobs = new LargeBlobs(
        key.ctap,
        key.info,
        (await token(key, { permissions: PERMISSION.lbw })) ?? null,
      );
      expect(await blobs.get(blobKey)).toBeNull();
      // Random bytes stay as long when they are compressed: more than one message takes.
      const blob = randomBytes(1500);
      await blobs.put(blobKey, blob);
      expect(await blobs.get(blobKey)).toEqual(blob);
      expect(await blobs.get(randomBytes(32))).toBeNull();
      expect(await blobs.delete(blobKey)).toBe(true);
      expect(await blobs.get(blobKey)).toBeNull();
    });
  });
}
