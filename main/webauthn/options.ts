import { z } from 'zod';
import { type CreationOptions, type RequestOptions, toBase64url } from '../../shared/domain/index.ts';
import { library } from './library.ts';

/** COSE algorithms that are offered, the preferred one first: ES256, EdDSA, RS256. */
export const ALGORITHMS: readonly number[] = [-7, -8, -257];

type Requirement = 'required' | 'preferred' | 'discouraged';

/** A credential by its id, with the transports that the authenticator reported at registration. */
export type CredentialDescriptor = { credentialId: Uint8Array; transports: string[] };

const Transport = z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/**
 * Options for making a passkey (WebAuthn Level 3 §5.4), with `direct` attestation.
 * @param wish `user.id` is the user handle, 1 to 64 bytes; `exclude` the person's credentials; `timeout` in ms.
 *   `residentKey` and `userVerification` are `required` unless told otherwise.
 */
export async function createRegistrationOptions(wish: {
  rpId: string;
  rpName: string;
  user: { id: Uint8Array; name: string; displayName: string };
  challenge: Uint8Array;
  exclude: CredentialDescriptor[];
  residentKey?: Requirement;
  userVerification?: Requirement;
  timeout: number;
}): Promise<CreationOptions> {
  const { generateRegistrationOptions } = await library();
  const residentKey = wish.residentKey ?? 'required';
  const userVerification = wish.userVerification ?? 'required';
  const made = await generateRegistrationOptions({
    rpID: wish.rpId,
    rpName: wish.rpName,
    userID: new Uint8Array(wish.user.id),
    userName: wish.user.name,
    userDisplayName: wish.user.displayName,
    challenge: new Uint8Array(wish.challenge),
    timeout: wish.timeout,
    attestationType: 'direct',
    excludeCredentials: wish.exclude.map(toDescriptor),
    authenticatorSelection: { residentKey, userVerification },
    supportedAlgorithmIDs: [...ALGORITHMS],
  });
  return {
    rp: { id: wish.rpId, name: made.rp.name },
    user: made.user,
    challenge: made.challenge,
    pubKeyCredParams: made.pubKeyCredParams.map(({ alg }) => ({ type: 'public-key', alg })),
    timeout: wish.timeout,
    excludeCredentials: (made.excludeCredentials ?? []).map(fromDescriptor),
    residentKey,
    userVerification,
    attestation: 'direct',
  };
}

/**
 * Options for signing a challenge (WebAuthn Level 3 §5.5).
 * @param wish `allow` empty lets the authenticator choose a discoverable credential; `timeout` in ms.
 *   `userVerification` is `required` unless told otherwise.
 */
export async function createAuthenticationOptions(wish: {
  rpId: string;
  challenge: Uint8Array;
  allow: CredentialDescriptor[];
  userVerification?: Requirement;
  timeout: number;
}): Promise<RequestOptions> {
  const { generateAuthenticationOptions } = await library();
  const userVerification = wish.userVerification ?? 'required';
  const made = await generateAuthenticationOptions({
    rpID: wish.rpId,
    challenge: new Uint8Array(wish.challenge),
    timeout: wish.timeout,
    allowCredentials: wish.allow.map(toDescriptor),
    userVerification,
  });
  return {
    rpId: wish.rpId,
    challenge: made.challenge,
    timeout: wish.timeout,
    allowCredentials: (made.allowCredentials ?? []).map(fromDescriptor),
    userVerification,
  };
}

/** Transports are hints: one that this version does not know is left out, as WebAuthn §5.8.3 asks of clients. */
function toDescriptor({ credentialId, transports }: CredentialDescriptor) {
  const known = transports.flatMap((transport) => Transport.safeParse(transport).data ?? []);
  return { id: toBase64url(credentialId), ...(known.length === 0 ? {} : { transports: known }) };
}

function fromDescriptor({ id, transports }: { id: string; transports?: string[] }) {
  return { id, type: 'public-key' as const, ...(transports === undefined ? {} : { transports }) };
}
