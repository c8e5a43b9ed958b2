import { type CborMap, type CborValue, cborMap, encodeCbor } from './cbor.ts';
import { fitName } from './names.ts';

/** Command bytes. CTAP 2.2 §6. */
export const COMMAND = {
  makeCredential: 0x01,
  getAssertion: 0x02,
  getInfo: 0x04,
  clientPIN: 0x06,
  reset: 0x07,
  getNextAssertion: 0x08,
  bioEnrollment: 0x09,
  credentialManagement: 0x0a,
  selection: 0x0b,
  largeBlobs: 0x0c,
  config: 0x0d,
  bioEnrollmentPreview: 0x40,
  credentialManagementPreview: 0x41,
} as const;

/** Names a credential: the id is bytes. WebAuthn §5.8.3. */
export type CredentialDescriptor = { id: Uint8Array; type: 'public-key' };

/** Proof of a pinUvAuthToken over the parameters of a command. CTAP 2.2 §6.5. */
export type PinUvAuth = { param: Uint8Array; protocol: number };

/** Parameters of authenticatorMakeCredential. Binary is bytes; `options` that are undefined are not sent. */
export type MakeCredentialRequest = {
  /** 32 bytes */
  clientDataHash: Uint8Array;
  rp: { id: string; name?: string };
  user: { id: Uint8Array; name?: string; displayName?: string };
  pubKeyCredParams: readonly { alg: number; type: string }[];
  excludeList?: readonly CredentialDescriptor[];
  extensions?: CborMap | undefined;
  options?: { rk?: boolean; uv?: boolean };
  pinUvAuth?: PinUvAuth | undefined;
  /** 1: the authenticator decides by its own list of relying parties. 2: this platform has decided. CTAP 2.2 §7.1. */
  enterpriseAttestation?: 1 | 2 | undefined;
  /** Attestation statement formats, the best liked first; the format `none` alone asks for none. CTAP 2.2. */
  attestationFormatsPreference?: readonly string[];
};

/** Parameters of authenticatorGetAssertion. */
export type GetAssertionRequest = {
  rpId: string;
  /** 32 bytes */
  clientDataHash: Uint8Array;
  allowList?: readonly CredentialDescriptor[];
  extensions?: CborMap | undefined;
  options?: { up?: boolean; uv?: boolean };
  pinUvAuth?: PinUvAuth | undefined;
};

/** Command byte and parameters as they are sent. CTAP 2.2 §8. */
export function encodeCommand(command: number, parameters: CborMap | undefined): Uint8Array {
  if (parameters === undefined) return Uint8Array.of(command);
  return Buffer.concat([Uint8Array.of(command), encodeCbor(parameters)]);
}

/** Parameters of authenticatorMakeCredential by their numbers. CTAP 2.2 §6.1. */
export function makeCredentialParameters(request: MakeCredentialRequest): CborMap {
  const { rp, user } = request;
  return cborMap([
    [0x01, request.clientDataHash],
    [
      0x02,
      cborMap([
        ['id', rp.id],
        ['name', rp.name && fitName(rp.name)],
      ]),
    ],
    [0x03, userMap(user)],
    [
      0x04,
      request.pubKeyCredParams.map(({ alg, type }) =>
        cborMap([
          ['alg', alg],
          ['type', type],
        ]),
      ),
    ],
    [0x05, list(request.excludeList)],
    [0x06, request.extensions],
    [0x07, optionsMap(request.options)],
    [0x08, request.pinUvAuth?.param],
    [0x09, request.pinUvAuth?.protocol],
    [0x0a, request.enterpriseAttestation],
    [0x0b, request.attestationFormatsPreference && [...request.attestationFormatsPreference]],
  ]);
}

/** Parameters of authenticatorGetAssertion by their numbers. CTAP 2.2 §6.2. */
export function getAssertionParameters(request: GetAssertionRequest): CborMap {
  return cborMap([
    [0x01, request.rpId],
    [0x02, request.clientDataHash],
    [0x03, list(request.allowList)],
    [0x04, request.extensions],
    [0x05, optionsMap(request.options)],
    [0x06, request.pinUvAuth?.param],
    [0x07, request.pinUvAuth?.protocol],
  ]);
}

function optionsMap(options: Record<string, boolean | undefined> | undefined): CborMap | undefined {
  const map = cborMap(Object.entries(options ?? {}));
  return map.size === 0 ? undefined : map;
}

function list(descriptors: readonly CredentialDescriptor[] | undefined): CborValue | undefined {
  if (descriptors === undefined || descriptors.length === 0) return undefined;
  return descriptors.map(descriptorMap);
}

/** A credential descriptor as it is sent. WebAuthn §5.8.3. */
export function descriptorMap({ id, type }: CredentialDescriptor): CborMap {
  return cborMap([
    ['id', id],
    ['type', type],
  ]);
}

/** A user entity as it is sent, its names cut as {@link fitName} does. WebAuthn §5.4.3. */
export function userMap(user: { id: Uint8Array; name?: string; displayName?: string }): CborMap {
  return cborMap([
    ['id', user.id],
    ['name', user.name && fitName(user.name)],
    ['displayName', user.displayName && fitName(user.displayName)],
  ]);
}
