import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import {
  AnyMap,
  Bytes,
  bytesOf,
  type CborMap,
  type CborValue,
  cborMap,
  encodeCbor,
  mapOf,
  openMapOf,
  parseAnswer,
} from './cbor.ts';
import type { CallOptions } from './hid-device.ts';
import { AuthenticatorInfo } from './info.ts';
import { CtapError, STATUS } from './status.ts';

/** What the commands need of a transport: a {@link HidDevice} has it. */
export type CborTransport = { cbor(message: Uint8Array, options?: CallOptions): Promise<Uint8Array> };

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
  extensions?: CborMap;
  options?: { rk?: boolean; uv?: boolean };
  pinUvAuth?: PinUvAuth | undefined;
  /** 1: the authenticator decides by its own list of relying parties. 2: this platform has decided. CTAP 2.2 §7.1. */
  enterpriseAttestation?: 1 | 2;
  /** Attestation statement formats, the best liked first; the format `none` alone asks for none. CTAP 2.2. */
  attestationFormatsPreference?: readonly string[];
};

/** Parameters of authenticatorGetAssertion. */
export type GetAssertionRequest = {
  rpId: string;
  /** 32 bytes */
  clientDataHash: Uint8Array;
  allowList?: readonly CredentialDescriptor[];
  extensions?: CborMap;
  options?: { up?: boolean; uv?: boolean };
  pinUvAuth?: PinUvAuth | undefined;
};

const AttestationAnswer = openMapOf({
  1: z.string(),
  2: Bytes,
  // Left out by CTAP 2.2 authenticators that were asked for the format `none`.
  3: AnyMap.optional(),
  4: z.boolean().optional(),
  5: bytesOf(32).optional(),
  6: AnyMap.optional(),
}).transform(({ fields, unknown }) => ({
  fmt: fields[1],
  authData: fields[2],
  attStmt: fields[3] ?? (new Map() as CborMap),
  /** True where an enterprise attestation was asked for and given. */
  enterpriseAttestation: fields[4] ?? false,
  largeBlobKey: fields[5],
  unsignedExtensionOutputs: fields[6] ?? (new Map() as CborMap),
  unknown,
}));
/** A new credential. Binary is bytes; `unknown` holds the fields that this program does not know. */
export type AttestationAnswer = z.infer<typeof AttestationAnswer>;

const AssertionAnswer = openMapOf({
  1: mapOf({ id: Bytes, type: z.string() }).optional(),
  2: Bytes,
  3: Bytes,
  4: mapOf({ id: Bytes, name: z.string().optional(), displayName: z.string().optional() }).optional(),
  5: z.int().positive().optional(),
  6: z.boolean().optional(),
  7: bytesOf(32).optional(),
  8: AnyMap.optional(),
}).transform(({ fields, unknown }) => ({
  credentialId: fields[1]?.id,
  authData: fields[2],
  signature: fields[3],
  user: fields[4],
  numberOfCredentials: fields[5] ?? 1,
  /** True where the person chose the credential on the authenticator itself. */
  userSelected: fields[6] ?? false,
  largeBlobKey: fields[7],
  unsignedExtensionOutputs: fields[8] ?? (new Map() as CborMap),
  unknown,
}));
/** One assertion. `credentialId` may be absent where the allow list had one entry. */
export type AssertionAnswer = z.infer<typeof AssertionAnswer>;

/** More credentials than any authenticator holds: an answer that promises more is not believed. */
export const MOST_CREDENTIALS = 10_000;

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

/** A user entity as it is sent. WebAuthn §5.4.3. */
export function userMap(user: { id: Uint8Array; name?: string; displayName?: string }): CborMap {
  return cborMap([
    ['id', user.id],
    ['name', user.name],
    ['displayName', user.displayName],
  ]);
}

/** The CTAP2 commands over one transport. Every failure is a CtapError or a KeywrightError. CTAP 2.2 §6. */
export class Ctap2 {
  readonly #transport: CborTransport;

  constructor(transport: CborTransport) {
    this.#transport = transport;
  }

  /** What the authenticator is and can do. authenticatorGetInfo (0x04), CTAP 2.2 §6.4. */
  async getInfo(call: CallOptions = {}): Promise<AuthenticatorInfo> {
    return parseAnswer(await this.send(COMMAND.getInfo, undefined, call), AuthenticatorInfo);
  }

  /** Makes a credential. authenticatorMakeCredential (0x01), CTAP 2.2 §6.1. */
  async makeCredential(request: MakeCredentialRequest, call: CallOptions = {}): Promise<AttestationAnswer> {
    const answer = await this.send(COMMAND.makeCredential, makeCredentialParameters(request), call);
    return parseAnswer(answer, AttestationAnswer);
  }

  /** Signs with a credential. authenticatorGetAssertion (0x02), CTAP 2.2 §6.2. */
  async getAssertion(request: GetAssertionRequest, call: CallOptions = {}): Promise<AssertionAnswer> {
    const answer = await this.send(COMMAND.getAssertion, getAssertionParameters(request), call);
    return parseAnswer(answer, AssertionAnswer);
  }

  /**
   * The next of several assertions, the newest credential first. authenticatorGetNextAssertion (0x08),
   * CTAP 2.2 §6.3.
   */
  async getNextAssertion(call: CallOptions = {}): Promise<AssertionAnswer> {
    return parseAnswer(await this.send(COMMAND.getNextAssertion, undefined, call), AssertionAnswer);
  }

  /**
   * All assertions for a request, the newest credential first. Nothing else may be sent to the authenticator
   * meanwhile: it would forget the rest. CTAP 2.2 §6.2, §6.3.
   * @throws KeywrightError `authenticator.malformed_answer` where more are promised than can be
   */
  async getAssertions(request: GetAssertionRequest, call: CallOptions = {}): Promise<AssertionAnswer[]> {
    const first = await this.getAssertion(request, call);
    if (first.numberOfCredentials > MOST_CREDENTIALS) {
      throw new KeywrightError('authenticator.malformed_answer');
    }
    const all = [first];
    while (all.length < first.numberOfCredentials) all.push(await this.getNextAssertion(call));
    return all;
  }

  /** Waits for a touch, to choose among several authenticators. authenticatorSelection (0x0B), CTAP 2.2 §6.9. */
  async selection(call: CallOptions = {}): Promise<void> {
    await this.send(COMMAND.selection, undefined, call);
  }

  /** Deletes all credentials and the PIN. authenticatorReset (0x07), CTAP 2.2 §6.6. */
  async reset(call: CallOptions = {}): Promise<void> {
    await this.send(COMMAND.reset, undefined, call);
  }

  /**
   * Sends one command and returns the data of its answer.
   * @throws CtapError for every status but success
   */
  async send(command: number, parameters: CborMap | undefined, call: CallOptions = {}): Promise<Uint8Array> {
    const message = encodeCommand(command, parameters);
    const answer = await this.#transport.cbor(message, call);
    const status = answer[0];
    if (status === undefined) throw new KeywrightError('authenticator.malformed_answer');
    if (status !== STATUS.SUCCESS) throw new CtapError(status);
    return answer.subarray(1);
  }
}

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
        ['name', rp.name],
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
