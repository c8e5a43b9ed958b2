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
const expected = { origin: ORIGIN, rpId: RP_ID };

/** What is wanted: a passkey with the person verified, or what a U2F key can do. */
export type Wish = 'passkey' | 'secondFactor';

function wishes(wish: Wish) {
  const passkey = wish === 'passkey';
  return {
    userVerification: passkey ? 'required' : 'discouraged',
    residentKey: passkey ? 'required' : 'discouraged',
  } as const;
}

/** A passkey, as the relying party remembers it. */
export type Passkey = Awaited<ReturnType<typeof register>>;

/** Lets the key make a passkey, and checks it. */
export async function register(authenticator: Authenticator, talk: Conversation, wish: Wish = 'passkey') {
  const wished = wishes(wish);
  const options = await createRegistrationOptions({
    rpId: RP_ID,
    rpName: 'Guest',
    user: { id: randomBytes(16), name: 'ada', displayName: 'Ada' },
    challenge: randomBytes(32),
    exclude: [],
    timeout: 60_000,
    ...wished,
  });
  const response = await authenticator.makeCredential(options, ORIGIN, talk);
  const { challenge } = options;
  const { userVerification } = wished;
  const terms = { ...expected, challenge, userVerification, algorithms: [-7, -8] };
  const made = await verifyRegistration(response, terms);
  assert.equal(made.userVerified, wish === 'passkey');
  return { ...made, userHandle: fromBase64url(options.user.id) };
}

/** Lets the key sign with a passkey, and checks the signature. */
export async function sign(
  authenticator: Authenticator,
  passkey: Passkey,
  talk: Conversation,
  wish: Wish = 'passkey',
) {
  const { userVerification } = wishes(wish);
  const options = await createAuthenticationOptions({
    rpId: RP_ID,
    challenge: randomBytes(32),
    allow: [{ credentialId: passkey.credentialId, transports: ['usb'] }],
    timeout: 60_000,
    userVerification,
  });
  const assertion = await authenticator.getAssertion(options, ORIGIN, talk);
  assert.equal(assertion.id, toBase64url(passkey.credentialId));
  const { challenge } = options;
  return verifyAssertion(assertion, { ...expected, challenge, userVerification, credential: passkey });
}
