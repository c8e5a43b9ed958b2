import { decode } from 'cborg';
import { z } from 'zod';
import { fromBase64url, type RegistrationResponse } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { requireCertificate, requireEcdsaSignature } from './der.ts';
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

/** What the statements of all formats have in common. */
const Statement = z.object({
  alg: z.int().optional(),
  sig: z.instanceof(Uint8Array).optional(),
  x5c: z.array(z.instanceof(Uint8Array)).optional(),
});

const ECDSA = [-7, -35, -36];

/**
 * Verifies the attestation statement by the rules of its format (WebAuthn Level 3 §8).
 * @throws KeywrightError `auth.attestation_invalid`; what the library found wrong is its cause
 */
export async function checkAttestation(
  registration: { response: RegistrationResponse; attestation: AttestationObject; key: CoseKey },
  expected: RegistrationExpectation,
): Promise<void> {
  const { response, attestation, key } = registration;
  try {
    checkStatement(attestation, key);
    if (!(await verifyByLibrary(response, expected)))
      throw new Error('The statement is not signed by its key.');
  } catch (cause) {
    throw new KeywrightError('auth.attestation_invalid', { cause });
  }
}

/** What the library leaves out: strict encoding, and §8.2 for self attestation: the credential's algorithm. */
function checkStatement({ fmt, attStmt }: AttestationObject, key: CoseKey): void {
  const { alg, sig, x5c } = Statement.parse(attStmt);
  if (fmt === 'packed' && x5c === undefined && alg !== key.algorithm) {
    throw new Error('Self attestation with another algorithm than the credential.');
  }
  const ecdsa = fmt === 'fido-u2f' || (alg !== undefined && ECDSA.includes(alg));
  if (ecdsa && sig !== undefined) requireEcdsaSignature(sig);
  x5c?.forEach(requireCertificate);
}

async function verifyByLibrary(
  { id, rawId, type, response }: RegistrationResponse,
  expected: RegistrationExpectation,
): Promise<boolean> {
  const { clientDataJSON, attestationObject } = response;
  const { verifyRegistrationResponse } = await library();
  const { verified } = await verifyRegistrationResponse({
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
  });
  return verified;
}
