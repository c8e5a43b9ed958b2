import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Authenticator, Conversation } from '../../../main/authenticators/index.ts';
import {
  createAuthenticationOptions,
  createRegistrationOptions,
  verifyAssertion,
  verifyRegistration,
} from '../../../main/webauthn/index.ts';
import { fromBase64url, toBase64url } from '../../../shared/domain/index.ts';

const ORIGIN = 'https://localhost';
const RP_ID = 'localhost';
const expected = { origin: ORIGIN, rpId: RP_ID, userVerification: 'required' } as const;

/** A passkey, as the relying party remembers it. */
export type Passkey = Awaited<ReturnType<typeof register>>;

/** Lets the key make a passkey, and checks it. */
export async function register(authenticator: Authenticator, talk: Conversation) {
  const options = await createRegistrationOptions({
    rpId: RP_ID,
    rpName: 'Guest',
    user: { id: randomBytes(16), name: 'ada', displayName: 'Ada' },
    challenge: randomBytes(32),
    exclude: [],
    timeout: 60_000,
  });
  const response = await authenticator.makeCredential(options, ORIGIN, talk);
  const { challenge } = options;
  const made = await verifyRegistration(response, { ...expected, challenge, algorithms: [-7, -8] });
  assert.equal(made.userVerified, true);
  return { ...made, userHandle: fromBase64url(options.user.id) };
}

/** Lets the key sign with a passkey, and checks the signature. */
export async function sign(authenticator: Authenticator, passkey: Passkey, talk: Conversation) {
  const options = await createAuthenticationOptions({
    rpId: RP_ID,
    challenge: randomBytes(32),
    allow: [{ credentialId: passkey.credentialId, transports: ['usb'] }],
    timeout: 60_000,
  });
  const assertion = await authenticator.getAssertion(options, ORIGIN, talk);
  assert.equal(assertion.id, toBase64url(passkey.credentialId));
  const { challenge } = options;
  return verifyAssertion(assertion, { ...expected, challenge, credential: passkey });
}
