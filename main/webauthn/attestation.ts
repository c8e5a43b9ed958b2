import { decode } from 'cborg';
import { z } from 'zod';
import { fromBase64url, type RegistrationResponse } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { library } from './library.ts';
import { malformed } from './malformed.ts';
import type { CoseKey } from './public-key.ts';
import type { RegistrationExpectation } from './types.ts';

/** The attestation object of WebAuthn Level 3 §6.5.4. */
const AttestationObject = z.object({
  fmt: z.string(),
  attStmt: z.record(z.string(), z.unknown()),
  authData: z.instanceof(Uint8Array),
});
export type AttestationObject = z.infer<typeof AttestationObject>;

/**
 * Reads an attestation object (base64url of CBOR) as a whole: the library's own decoder stops after the first
 * item and forgives byte strings that are cut short.
 * @throws KeywrightError `auth.response_malformed`
 */
export function parseAttestationObject(text: string): AttestationObject {
  try {
    const options = { allowIndefinite: false, rejectDuplicateMapKeys: true };
    return AttestationObject.parse(decode(fromBase64url(text), options));
  } catch (cause) {
    throw malformed('attestationObject', cause);
  }
}

/**
 * Verifies the attestation statement by the rules of its format (WebAuthn Level 3 §8).
 * @throws KeywrightError `auth.attestation_invalid`; what the library found wrong is its cause
 */
export async function checkAttestation(
  registration: { response: RegistrationResponse; attestation: AttestationObject; key: CoseKey },
  expected: RegistrationExpectation,
): Promise<void> {
  const { attestation, key } = registration;
  const { id, rawId, type, response } = registration.response;
  const { clientDataJSON, attestationObject } = response;
  const { verifyRegistrationResponse } = await library();
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
  // §8.2 for self attestation: its algorithm is the credential's. The library leaves this out.
  const self = attestation.fmt === 'packed' && attestation.attStmt.x5c === undefined;
  if (!result.verified || (self && attestation.attStmt.alg !== key.algorithm)) {
    throw new KeywrightError('auth.attestation_invalid');
  }
}
