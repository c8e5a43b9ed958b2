import {
  AuthenticatorInfo,
  type CallOptions,
  type CborMap,
  type CborTransport,
  type CborValue,
  Ctap2,
  decodeCbor,
  encodeCbor,
  PinUvAuthToken,
  pinUvAuthProtocol,
} from '../../../main/ctap/index.ts';
import vectors from './vectors/vectors.json' with { type: 'json' };

export { vectors };

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
export const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
export const text = (plain: string) => new Uint8Array(Buffer.from(plain));

/** A PIN/UV auth protocol that is known to be there. */
export function protocolOf(version: number) {
  const protocol = pinUvAuthProtocol(version);
  if (protocol === undefined) throw new Error(`no protocol ${version}`);
  return protocol;
}

/** The token of the vectors. */
export function tokenOf(version: number): PinUvAuthToken {
  return new PinUvAuthToken(protocolOf(version), Buffer.from(vectors.token, 'hex'));
}

/** What an in-test device does with a request: parameters that are none are an empty map. */
export type Answering = (command: number, parameters: CborMap) => CborValue | Uint8Array | number | undefined;

/**
 * A device behind {@link Ctap2} that answers with canonical CBOR: a map is an answer, a number a status, undefined
 * an answer without data. It notes the requests as they came.
 */
export class TestDevice implements CborTransport {
  readonly requests: string[] = [];
  readonly calls: CallOptions[] = [];
  readonly #answering: Answering;

  constructor(answering: Answering) {
    this.#answering = answering;
  }

  async cbor(message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    this.requests.push(hex(message));
    this.calls.push(options);
    const parameters = message.length > 1 ? decodeCbor(message.subarray(1)) : new Map();
    if (!(parameters instanceof Map)) throw new Error('not a map');
    const answer = this.#answering(message[0] ?? 0, parameters);
    if (typeof answer === 'number') return Uint8Array.of(answer);
    if (answer === undefined) return Uint8Array.of(0);
    return Buffer.concat([Uint8Array.of(0), answer instanceof Uint8Array ? answer : encodeCbor(answer)]);
  }
}

/** A client of a device that answers as told. */
export function clientOf(answering: Answering) {
  const device = new TestDevice(answering);
  return { device, ctap: new Ctap2(device) };
}

/** Fields of a map, in any order. */
export function mapOf(fields: Record<number, CborValue>): CborMap {
  return new Map(Object.entries(fields).map(([key, value]) => [Number(key), value]));
}

/** The answer to getInfo of an authenticator with these options. */
export function infoWith(options: Record<string, boolean>): AuthenticatorInfo {
  return AuthenticatorInfo.parse(
    mapOf({ 1: ['FIDO_2_1'], 3: new Uint8Array(16), 4: new Map(Object.entries(options)), 6: [2, 1] }),
  );
}
