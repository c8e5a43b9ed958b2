import type { KeyObject } from 'node:crypto';
import { RegistrationResponse, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { checkAttestation, parseAttestationObject } from './attestation.ts';
import { checkAuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts';
import { checkClientData, parseClientData } from './client-data.ts';
import { malformed } from './malformed.ts';
import { type CoseKey, fingerprintOf, parseCoseKey, toKeyObject } from './public-key.ts';
import type { VerifyRegistration } from './types.ts';

/**
 * Verifies a registration (WebAuthn Level 3 §7.1) and names the first check that failed. In this order: shape,
 * type, challenge, origin and frame, rpIdHash, UP, UV, algorithm, attestation. Whether the credential is known
 * already is for the caller to say.
 *
 * The attestation is verified as far as it can be without metadata: signature, and the rules of its format. A
 * certificate path is checked for the formats whose roots are known (`apple`, `android-key`).
 * @throws KeywrightError `auth.response_malformed` with `details.field`, `auth.type_mismatch`,
 *   `auth.challenge_mismatch`, `auth.origin_mismatch`, `auth.rp_id_mismatch`, `auth.user_presence_missing`,
 *   `auth.user_verification_missing`, `auth.algorithm_not_allowed`, `auth.attestation_invalid`
 */
export const verifyRegistration: VerifyRegistration = async (response, expected) => {
  const parsed = await parse(response);
  checkClientData(parsed.clientData, { ...expected, type: 'webauthn.create' });
  checkAuthenticatorData(parsed.data, expected);
  const key = checkKey(parsed.key, expected.algorithms);
  await checkAttestation(parsed, expected);
  const { data, attested } = parsed;
  return {
    credentialId: attested.credentialId,
    publicKey: attested.publicKey,
    algorithm: parsed.key.algorithm,
    aaguid: attested.aaguid,
    signCount: data.signCount,
    backupEligible: data.backupEligible,
    backedUp: data.backedUp,
    userVerified: data.userVerified,
    attestationFormat: parsed.attestation.fmt,
    transports: parsed.response.response.transports ?? [],
    fingerprint: fingerprintOf(key),
  };
};

async function parse(input: unknown) {
  const shape = RegistrationResponse.safeParse(input);
  if (!shape.success) throw malformed('response', shape.error);
  const response = shape.data;
  const clientData = parseClientData(response.response.clientDataJSON);
  const attestation = parseAttestationObject(response.response.attestationObject);
  const data = await parseAuthenticatorData(attestation.authData);
  const { attested } = data;
  if (attested === null) throw malformed('attestedCredentialData');
  if (response.id !== response.rawId) throw malformed('rawId');
  if (response.id !== toBase64url(attested.credentialId)) throw malformed('id');
  return { response, clientData, attestation, data, attested, key: parseKey(attested.publicKey) };
}

function parseKey(bytes: Uint8Array): CoseKey {
  try {
    return parseCoseKey(bytes);
  } catch (cause) {
    throw malformed('credentialPublicKey', cause);
  }
}

function checkKey(key: CoseKey, algorithms: readonly number[]): KeyObject {
  const { algorithm } = key;
  if (!algorithms.includes(algorithm) || key.shape === null) {
    throw new KeywrightError('auth.algorithm_not_allowed', { details: { algorithm } });
  }
  try {
    return toKeyObject(key);
  } catch (cause) {
    throw malformed('credentialPublicKey', cause);
  }
}
