import { randomBytes } from 'node:crypto';
import { describe, expect, it, type TestContext } from 'vitest';
import { type CredentialDescriptor, Ctap1, CtapError, U2fAsCtap2 } from '../../main/ctap/index.ts';
import {
  clientDataOf,
  descriptor,
  foreign,
  holds,
  type Key,
  type Known,
  known,
  openKey,
  RP_ID,
  type Signed,
  sign,
} from './firmware.ts';

function needsU2f(context: TestContext, { hid, info }: Key): void {
  const offered = hid.supportsU2f && info.versions.includes('U2F_V2') && info.options.alwaysUv !== true;
  context.skip(!offered, 'the firmware says that it does not speak U2F');
}

/** Registers by CTAP1; the relying party verifies it, attestation and all. */
async function register(key: Key, excludeList: CredentialDescriptor[] = []): Promise<Known> {
  const clientData = clientDataOf('webauthn.create');
  const answer = await new U2fAsCtap2(new Ctap1(key.hid)).makeCredential({
    clientDataHash: clientData.hash,
    rp: { id: RP_ID },
    user: { id: randomBytes(16) },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    excludeList,
  });
  const made = await known(answer, clientData, { rpId: RP_ID, user: new Uint8Array(), verified: false });
  expect(made.attestationFormat).toBe('fido-u2f');
  return made;
}

async function authenticate(key: Key, allowList: CredentialDescriptor[]): Promise<Signed> {
  const clientData = clientDataOf('webauthn.get');
  const request = { rpId: RP_ID, clientDataHash: clientData.hash, allowList };
  const answer = await new U2fAsCtap2(new Ctap1(key.hid)).getAssertion(request);
  return { answers: [answer], clientData, verified: false };
}

export function u2f(): void {
  describe('U2F', () => {
    it('has a version', async (context) => {
      const key = await openKey();
      needsU2f(context, key);
      expect(await new Ctap1(key.hid).version()).toBe('U2F_V2');
    });

    it('registers and signs; the relying party verifies both', async (context) => {
      const key = await openKey();
      needsU2f(context, key);
      const made = await register(key);
      for (let turn = 0; turn < 2; turn += 1) {
        const signed = await authenticate(key, [...foreign(3, made.id.length), descriptor(made)]);
        await holds(made, signed.answers[0], signed);
      }
    });

    it('does not register twice, and does not sign with what is not its own', async (context) => {
      const key = await openKey();
      needsU2f(context, key);
      const made = await register(key);
      const again = register(key, [...foreign(3, made.id.length), descriptor(made)]);
      await expect(again).rejects.toMatchObject({ code: 'authenticator.excluded' });
      for (const length of [made.id.length, 16, 255]) {
        const none = authenticate(key, foreign(1, length));
        await expect(none).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
      }
    });

    it('and CTAP2 go on with each other on one channel', async (context) => {
      const key = await openKey();
      needsU2f(context, key);
      const made = await register(key);
      expect((await key.ctap.getInfo()).aaguid).toEqual(key.info.aaguid);
      const signed = await authenticate(key, [descriptor(made)]);
      await holds(made, signed.answers[0], signed);
    });

    it('makes credentials that CTAP2 can use', async (context) => {
      const key = await openKey();
      needsU2f(context, key);
      const made = await register(key);
      const signed = await sign(key, { allowList: [descriptor(made)], verify: false }).catch(
        (error: unknown) => {
          if (!CtapError.is(error, 'NO_CREDENTIALS')) throw error;
          return null;
        },
      );
      context.skip(signed === null, 'the firmware keeps the two apart');
      if (signed !== null) await holds(made, signed.answers[0], signed);
    });
  });
}
