import type { KeyObject } from 'node:crypto';
import { decode } from 'cborg';
import { z } from 'zod';
import { fromBase64url, RegistrationResponse, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { checkAuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts';
import { checkClientData, parseClientData } from './client-data.ts';
import { library } from './library.ts';
import { malformed } from './malformed.ts';
import { type CoseKey, fingerprintOf, parseCoseKey, toKeyObject } from './public-key.ts';
import type { RegistrationExpectation, VerifyRegistration } from './types.ts';

const AttestationObject = z.object({
  fmt: z.string(),
  attStmt: z.record(z.string(), z.unknown()),
  authData: z.instanceof(Uint8Array),
});

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
  await checkAttestation(parsed.response, expected);
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
    attestationFormat: parsed.format,
    transports: parsed.response.response.transports ?? [],
    fingerprint: fingerprintOf(key),
  };
};

async function parse(input: unknown) {
  const shape = RegistrationResponse.safeParse(input);
  if (!shape.success) throw malformed('response', shape.error);
  const response = shape.data;
  const clientData = parseClientData(response.response.clientDataJSON);
  const { fmt, authData } = parseAttestationObject(response.response.attestationObject);
  const data = await parseAuthenticatorData(authData);
  const { attested } = data;
  if (attested === null) throw malformed('attestedCredentialData');
  if (response.id !== response.rawId) throw malformed('rawId');
  if (response.id !== toBase64url(attested.credentialId)) throw malformed('id');
  return { response, clientData, data, attested, format: fmt, key: parseKey(attested.publicKey) };
}

/** Reads the whole attestation object: the library's own decoder stops early and forgives cut byte strings. */
function parseAttestationObject(text: string): z.infer<typeof AttestationObject> {
  try {
    const options = { allowIndefinite: false, rejectDuplicateMapKeys: true };
    return AttestationObject.parse(decode(fromBase64url(text), options));
  } catch (cause) {
    throw malformed('attestationObject', cause);
  }
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

async function checkAttestation(
  { id, rawId, type, response }: RegistrationResponse,
  expected: RegistrationExpectation,
): Promise<void> {
  const { verifyRegistrationResponse } = await library();
  const { clientDataJSON, attestationObject } = response;
  const result = await verifyRegistrationResponse({
    response: {
      id,
      rawId,
      type,
      response: { clientDataJSON, attestationObject },
      clientExtensionResults: {},
    },
    expectedChallenge: expected.challenge,
    expectedOrigin: expected.origin,
    expectedRPID: expected.rpId,
    requireUserVerification: expected.userVerification === 'required',
    supportedAlgorithmIDs: [...expected.algorithms],
  }).catch((cause: unknown) => {
    throw new KeywrightError('auth.attestation_invalid', { cause });
  });
  if (!result.verified) throw new KeywrightError('auth.attestation_invalid');
}
