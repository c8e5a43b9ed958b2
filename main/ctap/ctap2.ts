import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { AnyMap, Bytes, bytesOf, type CborMap, mapOf, openMapOf, parseAnswer } from './cbor.ts';
import {
  COMMAND,
  encodeCommand,
  type GetAssertionRequest,
  getAssertionParameters,
  type MakeCredentialRequest,
  makeCredentialParameters,
} from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import { AuthenticatorInfo } from './info.ts';
import { CtapError, STATUS } from './status.ts';

/** What the commands need of a transport: a {@link HidDevice} has it. */
export type CborTransport = { cbor(message: Uint8Array, options?: CallOptions): Promise<Uint8Array> };

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
