import { existsSync, readFileSync } from 'node:fs';
import { MetadataService, SettingsService } from '@simplewebauthn/server';
import { z } from 'zod';
import {
  type VerifiedRegistration,
  verifyAssertion,
  verifyRegistration,
} from '../../../main/webauthn/index.ts';
import { toBase64url } from '../../../shared/domain/index.ts';

/** The test vectors of WebAuthn Level 3, which lie beside the repository. */
const FILE = new URL('../../../../shared/vectors/webauthn-level3.json', import.meta.url);
export const VECTORS_PRESENT = existsSync(FILE);

const Hex = z
  .string()
  .regex(/^([0-9a-f]{2})+$/)
  .transform((text) => Uint8Array.from(Buffer.from(text, 'hex')));

const Vector = z.object({
  id: z.string(),
  registration: z.object({
    challenge: Hex,
    credential_id: Hex,
    aaguid: Hex,
    clientDataJSON: Hex,
    attestationObject: Hex,
  }),
  authentication: z.object({
    challenge: Hex,
    authenticatorData: Hex,
    clientDataJSON: Hex,
    signature: Hex,
  }),
});
export type Vector = z.infer<typeof Vector>;

const VectorFile = z.object({
  rpId: z.string(),
  origin: z.string(),
  topOrigin: z.string(),
  vectors: z.array(Vector),
  attestationRootCert: Hex,
});
export type VectorFile = z.infer<typeof VectorFile>;

export function loadVectors(): VectorFile {
  return VectorFile.parse(JSON.parse(readFileSync(FILE, 'utf8')));
}

/** Formats whose certificate path is checked against the vectors' own root. */
const ROOTED = ['packed', 'apple', 'fido-u2f', 'tpm'] as const;

/**
 * Trusts the vectors' attestation root in the library, for this process. android-key wants its path to end in
 * a root that the statement carries; a metadata statement is the way to name one that it does not carry.
 */
export async function trustVectors(file: VectorFile): Promise<void> {
  for (const identifier of ROOTED) {
    SettingsService.setRootCertificates({ identifier, certificates: [file.attestationRootCert] });
  }
  const android = file.vectors.find(({ id }) => id === 'android-key-es256');
  if (android === undefined) throw new Error('The android-key vector is missing.');
  await MetadataService.initialize({
    mdsServers: [],
    verificationMode: 'permissive',
    statements: [
      {
        aaguid: uuid(android.registration.aaguid),
        description: 'Vector',
        authenticatorVersion: 1,
        protocolFamily: 'fido2',
        schema: 3,
        upv: [{ major: 1, minor: 1 }],
        authenticationAlgorithms: ['secp256r1_ecdsa_sha256_raw'],
        publicKeyAlgAndEncodings: ['cose'],
        attestationTypes: ['basic_full'],
        userVerificationDetails: [],
        keyProtection: ['hardware'],
        matcherProtection: ['tee'],
        tcDisplay: [],
        attestationRootCertificates: [Buffer.from(file.attestationRootCert).toString('base64')],
      },
    ],
  });
}

export function uuid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** What the vectors need and no workspace offers: ES384, ES512 and Ed448, and no UV. */
function expectations(file: VectorFile, vector: Vector) {
  const framed = vector.id.endsWith('crossOrigin') || vector.id.endsWith('topOrigin');
  return {
    origin: file.origin,
    rpId: file.rpId,
    userVerification: 'discouraged' as const,
    algorithms: [-7, -8, -257, -35, -36, -53],
    ...(framed ? { topOrigin: file.topOrigin } : {}),
  };
}

/** What was registered is not what the vector names. */
export class VectorMismatch extends Error {}

/** Registers a vector. Its credential id and AAGUID must be the ones that the vector names. */
export async function registerVector(file: VectorFile, vector: Vector): Promise<VerifiedRegistration> {
  const { challenge, credential_id, aaguid, clientDataJSON, attestationObject } = vector.registration;
  const id = toBase64url(credential_id);
  const registered = await verifyRegistration(
    {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64url(clientDataJSON),
        attestationObject: toBase64url(attestationObject),
      },
      clientExtensionResults: {},
    },
    { ...expectations(file, vector), challenge: toBase64url(challenge) },
  );
  if (toBase64url(registered.credentialId) !== id) throw new VectorMismatch('credential_id');
  if (registered.aaguid !== uuid(aaguid)) throw new VectorMismatch('aaguid');
  return registered;
}

/** Authenticates with the key, counter and BE that were registered. */
export async function authenticateVector(
  file: VectorFile,
  vector: Vector,
  registered: VerifiedRegistration,
): Promise<void> {
  const { challenge, authenticatorData, clientDataJSON, signature } = vector.authentication;
  const id = toBase64url(registered.credentialId);
  await verifyAssertion(
    {
      id,
      rawId: id,
      type: 'public-key',
      response: {
        clientDataJSON: toBase64url(clientDataJSON),
        authenticatorData: toBase64url(authenticatorData),
        signature: toBase64url(signature),
      },
      clientExtensionResults: {},
    },
    {
      ...expectations(file, vector),
      challenge: toBase64url(challenge),
      credential: { ...registered, userHandle: new Uint8Array(16) },
    },
  );
}
