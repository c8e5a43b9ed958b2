// It brings the reflect polyfill that @peculiar/x509 asks for.
import '@simplewebauthn/server';
import { KeyObject, randomBytes, sign } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import {
  cosePublicKey,
  generatePrivateKey,
  type PrivateKey,
  signWith,
} from '../../../main/authenticators/software/private-key.ts';
import {
  unwrapCredential,
  wrapCredential,
} from '../../../main/authenticators/software/wrapped-credential.ts';
import { STATUS_WORD, U2F_CONTROL, U2F_INS } from '../../../main/ctap/index.ts';
import type { TestContext } from './messages.ts';

const ES256 = -7;
const HASH = 32;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A touch counts for the command that asked for it for so long, ms. */
const TOUCH_LIMIT = 10_000;

/** The attestation certificate of a U2F key, and its private key. FIDO U2F Raw Message Formats §4.3. */
export type Attestation = { privateKey: KeyObject; certificate: Uint8Array };

/** Makes a self-signed attestation certificate. */
export async function makeAttestation(): Promise<Attestation> {
  const keys = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=U2F key for tests, OU=Authenticator Attestation, O=Keywright, C=AA',
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2120-01-01'),
    signingAlgorithm: P256,
    keys,
    extensions: [new BasicConstraintsExtension(false, undefined, true)],
  });
  return {
    privateKey: KeyObject.from(keys.privateKey),
    certificate: new Uint8Array(certificate.rawData),
  };
}

type Command = { cla: number; ins: number; p1: number; data: Buffer };

/** A key that speaks CTAP1/U2F: commands as APDUs, answers with a status word. FIDO U2F Raw Message Formats. */
export class U2fKey {
  readonly #context: TestContext;
  readonly #attestation: Attestation;
  readonly #masterKey = randomBytes(32);
  #counter = 0;
  #touch: 'none' | 'asked' | 'given' = 'none';
  #touchedAt = 0;
  #power = new AbortController();

  constructor(context: TestContext, attestation: Attestation) {
    this.#context = context;
    this.#attestation = attestation;
  }

  /** As after plugging in: no touch is waited for. */
  powerUp(): void {
    this.#power.abort();
    this.#power = new AbortController();
    this.#touch = 'none';
  }

  /** Carries out one APDU. */
  async answer(apdu: Uint8Array): Promise<Uint8Array> {
    const command = parseApdu(Buffer.from(apdu));
    const result = command === null ? STATUS_WORD.WRONG_LENGTH : await this.#carryOut(command);
    const [data, statusWord] =
      typeof result === 'number' ? [new Uint8Array(), result] : [result, STATUS_WORD.NO_ERROR];
    return Buffer.concat([data, Uint8Array.of(statusWord >> 8, statusWord & 0xff)]);
  }

  async #carryOut({ cla, ins, p1, data }: Command): Promise<Uint8Array | number> {
    if (cla !== 0) return STATUS_WORD.CLA_NOT_SUPPORTED;
    switch (ins) {
      case U2F_INS.version:
        return data.length === 0 ? Buffer.from('U2F_V2') : STATUS_WORD.WRONG_LENGTH;
      case U2F_INS.register:
        return this.#register(data);
      case U2F_INS.authenticate:
        return this.#authenticate(p1, data);
      default:
        return STATUS_WORD.INS_NOT_SUPPORTED;
    }
  }

  /** U2F_REGISTER, §4. */
  async #register(data: Buffer): Promise<Uint8Array | number> {
    if (data.length !== 2 * HASH) return STATUS_WORD.WRONG_LENGTH;
    if (!(await this.#touched())) return STATUS_WORD.CONDITIONS_NOT_SATISFIED;
    const challenge = data.subarray(0, HASH);
    const application = data.subarray(HASH);
    const key = generatePrivateKey(ES256);
    const keyHandle = wrapCredential(this.#masterKey, application, key, 1);
    const publicKey = pointOf(key);
    const signed = Buffer.concat([Uint8Array.of(0), application, challenge, keyHandle, publicKey]);
    const { privateKey, certificate } = this.#attestation;
    const head = Buffer.concat([Uint8Array.of(0x05), publicKey, Uint8Array.of(keyHandle.length), keyHandle]);
    return Buffer.concat([head, certificate, sign('sha256', signed, privateKey)]);
  }

  /** U2F_AUTHENTICATE, §5. */
  async #authenticate(control: number, data: Buffer): Promise<Uint8Array | number> {
    const handleAt = 2 * HASH + 1;
    if (data.length < handleAt || data.length !== handleAt + data.readUInt8(handleAt - 1)) {
      return STATUS_WORD.WRONG_LENGTH;
    }
    const challenge = data.subarray(0, HASH);
    const application = data.subarray(HASH, 2 * HASH);
    const opened = unwrapCredential(this.#masterKey, application, data.subarray(handleAt));
    if (opened === null) return STATUS_WORD.WRONG_DATA;
    if (control === U2F_CONTROL.checkOnly) return STATUS_WORD.CONDITIONS_NOT_SATISFIED;
    const present = control === U2F_CONTROL.enforce;
    if (present && !(await this.#touched())) return STATUS_WORD.CONDITIONS_NOT_SATISFIED;
    this.#counter += 1;
    const head = Buffer.alloc(5);
    head.writeUInt8(present ? 1 : 0);
    head.writeUInt32BE(this.#counter, 1);
    return Buffer.concat([head, signWith(opened.key, Buffer.concat([application, head, challenge]))]);
  }

  /** True where a touch was given for this command or one just before; else asks for one. §4.1, §5.1. */
  async #touched(): Promise<boolean> {
    if (this.#touch === 'none') this.#ask();
    // A touch that was just given, by the key itself perhaps, counts at once.
    await immediate();
    if (this.#touch !== 'given' || this.#context.clock.now() - this.#touchedAt > TOUCH_LIMIT) return false;
    this.#touch = 'none';
    return true;
  }

  #ask(): void {
    const { clock, sensor } = this.#context;
    const { signal } = this.#power;
    this.#touch = 'asked';
    sensor.wait(TOUCH_LIMIT, signal).then((result) => {
      if (signal.aborted) return;
      this.#touch = result === 'touched' ? 'given' : 'none';
      this.#touchedAt = clock.now();
    });
  }
}

/** Lengths of one byte and of two, with and without a length of the answer. ISO 7816-4; §3.1. */
function parseApdu(apdu: Buffer): Command | null {
  if (apdu.length < 4) return null;
  const [cla = 0, ins = 0, p1 = 0] = apdu;
  const data = dataOf(apdu.subarray(4));
  return data === null ? null : { cla, ins, p1, data };
}

function dataOf(body: Buffer): Buffer | null {
  // No data: nothing, or the length of the answer alone.
  if (body.length <= 1 || (body.length === 3 && body[0] === 0)) return Buffer.alloc(0);
  const long = body[0] === 0;
  const start = long ? 3 : 1;
  const length = long ? body.readUInt16BE(1) : body.readUInt8(0);
  const rest = body.length - start - length;
  const allowed = long ? [0, 2] : [0, 1];
  return allowed.includes(rest) ? body.subarray(start, start + length) : null;
}

/** The public key as an uncompressed point, 65 bytes. */
function pointOf(key: PrivateKey): Buffer {
  const cose = cosePublicKey(key);
  const part = (name: number) => {
    const value = cose.get(name);
    if (!(value instanceof Uint8Array)) throw new Error('not a point');
    return value;
  };
  return Buffer.concat([Uint8Array.of(4), part(-2), part(-3)]);
}
