import { createHash } from 'node:crypto';
import { KeywrightError } from '../../shared/errors/index.ts';
import { AUTH_DATA_FLAG } from './authenticator-data.ts';
import { type CborMap, encodeCbor } from './cbor.ts';
import type { Ctap1 } from './ctap1.ts';
import type { AssertionAnswer, AttestationAnswer } from './ctap2.ts';
import type { CredentialDescriptor, GetAssertionRequest, MakeCredentialRequest } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import { CtapError, STATUS } from './status.ts';
import type { U2fRegistration, U2fSignature } from './u2f-messages.ts';

const ES256 = -7;
const LONGEST_HANDLE = 255;

/**
 * makeCredential and getAssertion for an authenticator that speaks only CTAP1/U2F, with the requests and answers of
 * {@link Ctap2}. CTAP 2.2 §10 (CTAP 2.0 §7), "Interoperating with CTAP1/U2F authenticators".
 */
export class U2fAsCtap2 {
  readonly #ctap1: Ctap1;

  constructor(ctap1: Ctap1) {
    this.#ctap1 = ctap1;
  }

  /**
   * Registers. Only ES256, no resident credential, no user verification, no extensions. CTAP 2.2 §10.2.
   * @throws CtapError UNSUPPORTED_ALGORITHM, UNSUPPORTED_OPTION, CREDENTIAL_EXCLUDED (after a touch)
   */
  async makeCredential(request: MakeCredentialRequest, call: CallOptions = {}): Promise<AttestationAnswer> {
    const { options, clientDataHash } = request;
    const offered = request.pubKeyCredParams.some(({ alg, type }) => alg === ES256 && type === 'public-key');
    if (!offered) throw new CtapError(STATUS.UNSUPPORTED_ALGORITHM);
    if (options?.rk === true || options?.uv === true || request.pinUvAuth !== undefined) {
      throw new CtapError(STATUS.UNSUPPORTED_OPTION);
    }
    const rpIdHash = sha256(request.rp.id);
    if ((await this.#find(clientDataHash, rpIdHash, request.excludeList ?? [], call)) !== null) {
      // A site must not learn from the time alone that the authenticator is known: the person touches it first.
      await this.#ctap1.register({ clientDataHash: THROW_AWAY, rpIdHash: THROW_AWAY }, call);
      throw new CtapError(STATUS.CREDENTIAL_EXCLUDED);
    }
    return attestationOfU2f(await this.#ctap1.register({ clientDataHash, rpIdHash }, call), rpIdHash);
  }

  /**
   * Signs with the first credential of the allow list that the authenticator knows. CTAP 2.2 §10.3.
   * @throws CtapError UNSUPPORTED_OPTION, NO_CREDENTIALS
   */
  async getAssertion(request: GetAssertionRequest, call: CallOptions = {}): Promise<AssertionAnswer> {
    const { clientDataHash, options } = request;
    if (options?.uv === true || request.pinUvAuth !== undefined)
      throw new CtapError(STATUS.UNSUPPORTED_OPTION);
    const rpIdHash = sha256(request.rpId);
    const keyHandle = await this.#find(clientDataHash, rpIdHash, request.allowList ?? [], call);
    if (keyHandle === null) throw new CtapError(STATUS.NO_CREDENTIALS);
    const presence = options?.up === false ? 'dontEnforce' : 'enforce';
    const signature = await this.#ctap1.authenticate({ clientDataHash, rpIdHash, keyHandle }, presence, call);
    return assertionOfU2f(signature, rpIdHash, keyHandle);
  }

  /** Asks without a touch whether one of the credentials is this authenticator's. CTAP 2.2 §10.3. */
  async knows(rpId: string, list: readonly CredentialDescriptor[], call: CallOptions = {}): Promise<boolean> {
    return (await this.#find(new Uint8Array(32), sha256(rpId), list, call)) !== null;
  }

  async #find(
    clientDataHash: Uint8Array,
    rpIdHash: Uint8Array,
    list: readonly CredentialDescriptor[],
    call: CallOptions,
  ): Promise<Uint8Array | null> {
    for (const { id } of list) {
      // Longer or empty ids cannot be key handles.
      if (id.length === 0 || id.length > LONGEST_HANDLE) continue;
      if (await this.#ctap1.knows({ clientDataHash, rpIdHash, keyHandle: id }, call)) return id;
    }
    return null;
  }
}

/** Hashes of nothing, for a registration that is thrown away. */
const THROW_AWAY = sha256('a registration that is thrown away');

/**
 * The attestation of a U2F registration: authenticator data without AAGUID and counter, format `fido-u2f`.
 * CTAP 2.2 §10.2; WebAuthn §8.6.
 * @throws KeywrightError `authenticator.malformed_answer` for a public key that is no uncompressed point
 */
export function attestationOfU2f(registration: U2fRegistration, rpIdHash: Uint8Array): AttestationAnswer {
  const { publicKey, keyHandle, certificate, signature } = registration;
  if (publicKey.length !== 65 || publicKey[0] !== 4)
    throw new KeywrightError('authenticator.malformed_answer');
  const coseKey: CborMap = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, ES256],
    [-1, 1],
    [-2, publicKey.subarray(1, 33)],
    [-3, publicKey.subarray(33, 65)],
  ]);
  const noAaguid = new Uint8Array(16);
  const authData = Buffer.concat([
    authenticatorDataHead(rpIdHash, AUTH_DATA_FLAG.UP | AUTH_DATA_FLAG.AT, 0),
    noAaguid,
    Uint8Array.of(keyHandle.length >> 8, keyHandle.length & 0xff),
    keyHandle,
    encodeCbor(coseKey),
  ]);
  const attStmt: CborMap = new Map<string, Uint8Array | Uint8Array[]>([
    ['sig', signature],
    ['x5c', [certificate]],
  ]);
  return {
    fmt: 'fido-u2f',
    authData,
    attStmt,
    enterpriseAttestation: false,
    largeBlobKey: undefined,
    unsignedExtensionOutputs: new Map(),
    unknown: new Map(),
  };
}

/** The assertion of a U2F signature. CTAP 2.2 §10.3. */
export function assertionOfU2f(
  { userPresence, counter, signature }: U2fSignature,
  rpIdHash: Uint8Array,
  keyHandle: Uint8Array,
): AssertionAnswer {
  return {
    credentialId: keyHandle,
    // The other bits are not defined, and would mean something else in authenticator data.
    authData: authenticatorDataHead(rpIdHash, userPresence & AUTH_DATA_FLAG.UP, counter),
    signature,
    user: undefined,
    numberOfCredentials: 1,
    userSelected: false,
    largeBlobKey: undefined,
    unsignedExtensionOutputs: new Map(),
    unknown: new Map(),
  };
}

function authenticatorDataHead(rpIdHash: Uint8Array, flags: number, counter: number): Uint8Array {
  const head = Buffer.alloc(37);
  head.set(rpIdHash);
  head.writeUInt8(flags, 32);
  head.writeUInt32BE(counter, 33);
  return head;
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
