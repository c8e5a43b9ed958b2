import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyAssertion, verifyRegistration } from '../../../main/webauthn/index.ts';
import { type CreationExtensions, toBase64url } from '../../../shared/domain/index.ts';
import {
  creationOptions,
  ORIGIN,
  person,
  RP_ID,
  rejection,
  requestOptions,
} from '../software-key/helpers.ts';
import { authenticatorOf } from './support.ts';

const LAX = { userVerification: 'preferred', residentKey: 'preferred' } as const;

const EXPECTED = {
  challenge: creationOptions().challenge,
  origin: ORIGIN,
  rpId: RP_ID,
  userVerification: 'preferred',
} as const;

describe('a key that speaks only U2F', () => {
  it('registers with an attestation that holds, and signs what the relying party accepts', async () => {
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    const making = person({ pins: [] });
    const made = await authenticator.makeCredential(creationOptions(LAX), ORIGIN, making.talk);
    const verified = await verifyRegistration(made, { ...EXPECTED, algorithms: [-7] });
    expect(verified).toMatchObject({
      attestationFormat: 'fido-u2f',
      userVerified: false,
      aaguid: '00000000-0000-0000-0000-000000000000',
      transports: ['usb'],
    });
    const signed = await authenticator.getAssertion(
      { ...requestOptions([made.id]), userVerification: 'preferred' },
      ORIGIN,
      person({ pins: [] }).talk,
    );
    expect(signed.response.userHandle).toBeUndefined();
    const assertion = await verifyAssertion(signed, {
      ...EXPECTED,
      credential: { ...verified, userHandle: randomBytes(16) },
    });
    expect(assertion.signCount).toBeGreaterThan(verified.signCount);
  });

  it('tells that it waits for a touch, once', async () => {
    const { key, authenticator } = await authenticatorOf({ persona: 'u2f', touch: 'manual' });
    const { talk, phases } = person({ touch: () => setTimeout(() => key.touch(), 300) });
    await authenticator.makeCredential(creationOptions(LAX), ORIGIN, talk);
    expect(phases).toEqual(['connecting', 'working', 'touch']);
  });

  it('is refused by name where verification or a discoverable credential is required', async () => {
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    const wishes = [
      creationOptions({ ...LAX, userVerification: 'required' }),
      creationOptions({ ...LAX, residentKey: 'required' }),
    ];
    for (const wish of wishes) {
      const made = authenticator.makeCredential(wish, ORIGIN, person().talk);
      expect(await rejection(made)).toMatchObject({ code: 'authenticator.u2f_only' });
    }
    const signed = authenticator.getAssertion(
      requestOptions([toBase64url(randomBytes(64))]),
      ORIGIN,
      person().talk,
    );
    expect(await rejection(signed)).toMatchObject({ code: 'authenticator.u2f_only' });
  });

  it('says which credentials it holds, is excluded by them, and does not know others', async () => {
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    const made = await authenticator.makeCredential(creationOptions(LAX), ORIGIN, person().talk);
    const others = [toBase64url(randomBytes(64)), toBase64url(randomBytes(300))];
    const { signal } = new AbortController();
    expect(await authenticator.holds(RP_ID, [...others, made.id], signal)).toBe('yes');
    expect(await authenticator.holds(RP_ID, others, signal)).toBe('no');
    expect(await authenticator.holds('example.org', [made.id], signal)).toBe('no');
    const excludeCredentials = [...others, made.id].map((id) => ({ id, type: 'public-key' as const }));
    const again = authenticator.makeCredential(
      creationOptions({ ...LAX, excludeCredentials }),
      ORIGIN,
      person().talk,
    );
    expect(await rejection(again)).toMatchObject({ code: 'authenticator.excluded' });
    const options = { ...requestOptions(others), userVerification: 'preferred' } as const;
    const signed = authenticator.getAssertion(options, ORIGIN, person().talk);
    expect(await rejection(signed)).toMatchObject({ code: 'authenticator.no_credentials' });
  });

  it('refuses what a page insists on and it cannot do, and says what it did not', async () => {
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    const make = (extensions: CreationExtensions) =>
      authenticator.makeCredential(creationOptions({ ...LAX, extensions }), ORIGIN, person().talk);
    const policy = { credentialProtectionPolicy: 'userVerificationRequired' } as const;
    for (const insisting of [
      { ...policy, enforceCredentialProtectionPolicy: true },
      { largeBlob: { support: 'required' } },
    ] satisfies CreationExtensions[]) {
      expect(await rejection(make(insisting))).toMatchObject({ code: 'authenticator.unsupported_extension' });
    }
    const made = await make({ ...policy, prf: {}, largeBlob: { support: 'preferred' }, credProps: true });
    expect(made.clientExtensionResults).toEqual({
      credProps: { rk: false },
      prf: { enabled: false },
      largeBlob: { supported: false },
    });
  });

  it('signs for an AppID where the credential was made for one', async () => {
    const appid = 'https://localhost/u2f.json';
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    // A U2F page hashes the AppID where WebAuthn hashes the rpId.
    const old = creationOptions({ ...LAX, rp: { id: appid, name: 'Old' } });
    const made = await authenticator.makeCredential(old, ORIGIN, person().talk);
    const options = { ...requestOptions([made.id]), userVerification: 'preferred' } as const;
    const signed = await authenticator.getAssertion(
      { ...options, extensions: { appid } },
      ORIGIN,
      person().talk,
    );
    expect(signed.clientExtensionResults).toEqual({ appid: true });
    const without = authenticator.getAssertion(options, ORIGIN, person().talk);
    expect(await rejection(without)).toMatchObject({ code: 'authenticator.no_credentials' });
  });
});
