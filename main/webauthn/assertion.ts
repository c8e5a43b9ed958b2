import { timingSafeEqual } from 'node:crypto';
import { AuthenticationResponse, fromBase64url, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { checkAuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts';
import { checkClientData, parseClientData } from './client-data.ts';
import { malformed } from './malformed.ts';
import { type CoseKey, parseCoseKey } from './public-key.ts';
import { checkSignature } from './signature.ts';
import type { VerifyAssertion } from './types.ts';

/**
 * Verifies an assertion (WebAuthn Level 3 §7.2) and names the first check that failed. In this order: shape,
 * type, challenge, origin and frame, rpIdHash, UP, UV, algorithm, user handle, BE, signature, counter. Which
 * credential it is, and that it is active, is for the caller to say. BS may change, BE never.
 * @throws KeywrightError `auth.response_malformed` with `details.field`, `auth.type_mismatch`,
 *   `auth.challenge_mismatch`, `auth.origin_mismatch`, `auth.rp_id_mismatch`, `auth.user_presence_missing`,
 *   `auth.user_verification_missing`, `auth.algorithm_not_allowed`, `auth.user_handle_mismatch`,
 *   `auth.backup_eligibility_changed`, `auth.signature_invalid`, `auth.counter_regressed` with `details.stored`
 *   and `details.received`
 */
export const verifyAssertion: VerifyAssertion = async (input, expected) => {
  const shape = AuthenticationResponse.safeParse(input);
  if (!shape.success) throw malformed('response', shape.error);
  const response = shape.data;
  const { credential } = expected;
  const clientData = parseClientData(response.response.clientDataJSON);
  const data = await parseAuthenticatorData(fromBase64url(response.response.authenticatorData));
  if (response.id !== response.rawId) throw malformed('rawId');
  if (response.id !== toBase64url(credential.credentialId)) throw malformed('id');
  checkClientData(clientData, { ...expected, type: 'webauthn.get' });
  checkAuthenticatorData(data, expected);
  const key = checkAlgorithm(credential.publicKey);
  checkUserHandle(response.response.userHandle, credential.userHandle);
  if (data.backupEligible !== credential.backupEligible) {
    throw new KeywrightError('auth.backup_eligibility_changed');
  }
  await checkSignature(response, expected, key);
  checkCounter(credential.signCount, data.signCount);
  return { signCount: data.signCount, backedUp: data.backedUp, userVerified: data.userVerified };
};

function checkAlgorithm(publicKey: Uint8Array): CoseKey {
  const key = parseCoseKey(publicKey);
  if (key.shape === null) {
    throw new KeywrightError('auth.algorithm_not_allowed', { details: { algorithm: key.algorithm } });
  }
  return key;
}

/** A user handle is optional where the credential was named in the request; one that is there must be right. */
function checkUserHandle(received: string | undefined, expected: Uint8Array): void {
  if (received === undefined) return;
  const bytes = fromBase64url(received);
  if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) {
    throw new KeywrightError('auth.user_handle_mismatch');
  }
}

/** Authenticators without a counter always send 0; for all others it must grow (§7.2 step 22). */
function checkCounter(stored: number, received: number): void {
  if ((stored !== 0 || received !== 0) && received <= stored) {
    throw new KeywrightError('auth.counter_regressed', { details: { stored, received } });
  }
}
