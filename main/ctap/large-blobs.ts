import { createHash } from 'node:crypto';
import { KeywrightError } from '../../shared/errors/index.ts';
import { Bytes, type CborValue, cborMap, decodeCbor, encodeCbor, mapOf, parseAnswer } from './cbor.ts';
import type { Ctap2 } from './ctap2.ts';
import { COMMAND } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import type { AuthenticatorInfo } from './info.ts';
import { isLargeBlobOf, openLargeBlob, sealLargeBlob } from './large-blob-entry.ts';
import type { PinUvAuthToken } from './pin-uv-auth-token.ts';

/** Room in a message for everything but the fragment, bytes. CTAP 2.2 §6.10.2. */
const OVERHEAD = 64;
const LEAST_ROOM = 1024;
const HASH = 16;
/** An array with nothing in it, and its hash: what an authenticator begins with. */
const LEAST_ARRAY = 1 + HASH;
/** An authenticator that says that it holds more is not believed. */
const MOST_ARRAY = 1024 * 1024;

const Fragment = mapOf({ 1: Bytes });

/** The large-blob array. Elements of other credentials, and of kinds that nobody knows, are part of it. */
export type LargeBlobArray = {
  elements: CborValue[];
  /** False where the hash did not fit: then the array counts as empty, and the next write begins anew. */
  intact: boolean;
};

/**
 * authenticatorLargeBlobs (0x0C): the one array that all credentials of an authenticator share, and in it the blobs
 * of single credentials. CTAP 2.2 §6.10. Writing needs a token with the permission lbw where a PIN or built-in
 * verification is set up.
 */
export class LargeBlobs {
  readonly #ctap: Ctap2;
  readonly #token: PinUvAuthToken | null;
  readonly #fragment: number;
  readonly #room: number;

  /** @throws KeywrightError `authenticator.unsupported_option` where the authenticator has no room for large blobs */
  constructor(ctap: Ctap2, info: AuthenticatorInfo, token: PinUvAuthToken | null) {
    if (info.options.largeBlobs !== true) throw new KeywrightError('authenticator.unsupported_option');
    this.#ctap = ctap;
    this.#token = token;
    this.#fragment = info.maxMsgSize - OVERHEAD;
    this.#room = Math.min(Number(info.maxSerializedLargeBlobArray ?? LEAST_ROOM), MOST_ARRAY);
  }

  /**
   * Reads the whole array. §6.10.2, reading.
   * @throws KeywrightError `authenticator.malformed_answer` where it is longer than can be, or is no array
   */
  async readArray(call: CallOptions = {}): Promise<LargeBlobArray> {
    const serialized = await this.#read(call);
    const array = serialized.subarray(0, -HASH);
    const hash = serialized.subarray(-HASH);
    if (serialized.length < LEAST_ARRAY || Buffer.compare(hashOf(array), hash) !== 0) {
      return { elements: [], intact: false };
    }
    let elements: CborValue;
    try {
      elements = decodeCbor(array);
    } catch (cause) {
      throw new KeywrightError('authenticator.malformed_answer', { cause });
    }
    if (!Array.isArray(elements)) throw new KeywrightError('authenticator.malformed_answer');
    return { elements, intact: true };
  }

  /**
   * Replaces the whole array. The authenticator takes it over only when its last fragment has come. §6.10.2, writing.
   * @throws KeywrightError `authenticator.large_blob_full` where it does not fit; nothing was sent then
   */
  async writeArray(elements: readonly CborValue[], call: CallOptions = {}): Promise<void> {
    const array = encodeCbor([...elements]);
    const serialized = Buffer.concat([array, hashOf(array)]);
    if (serialized.length > this.#room) throw new KeywrightError('authenticator.large_blob_full');
    for (let offset = 0; offset < serialized.length; offset += this.#fragment) {
      const set = serialized.subarray(offset, offset + this.#fragment);
      const proof = this.#token?.authenticate(messageOf(set, offset));
      const parameters = cborMap([
        [0x02, set],
        [0x03, offset],
        [0x04, offset === 0 ? serialized.length : undefined],
        [0x05, proof?.param],
        [0x06, proof?.protocol],
      ]);
      await this.#ctap.send(COMMAND.largeBlobs, parameters, call);
    }
  }

  /** The blob of one credential, or null. §6.10.3. @param key its largeBlobKey, 32 bytes */
  async get(key: Uint8Array, call: CallOptions = {}): Promise<Buffer | null> {
    const { elements } = await this.readArray(call);
    for (const element of elements) {
      const plain = openLargeBlob(key, element);
      if (plain !== null) return plain;
    }
    return null;
  }

  /** Stores the blob of one credential in the place of the one that is there. §6.10.3. */
  async put(key: Uint8Array, plain: Uint8Array, call: CallOptions = {}): Promise<void> {
    const { elements } = await this.readArray(call);
    const others = elements.filter((element) => !isLargeBlobOf(key, element));
    await this.writeArray([...others, sealLargeBlob(key, plain)], call);
  }

  /** Deletes the blob of one credential; false where there was none. §6.10.3. */
  async delete(key: Uint8Array, call: CallOptions = {}): Promise<boolean> {
    const { elements } = await this.readArray(call);
    const others = elements.filter((element) => !isLargeBlobOf(key, element));
    if (others.length === elements.length) return false;
    await this.writeArray(others, call);
    return true;
  }

  async #read(call: CallOptions): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const parameters = cborMap([
        [0x01, this.#fragment],
        [0x03, length],
      ]);
      const bytes = await this.#ctap.send(COMMAND.largeBlobs, parameters, call);
      const part = parseAnswer(bytes, Fragment)[1];
      parts.push(part);
      length += part.length;
      if (part.length > this.#fragment || length > MOST_ARRAY) {
        throw new KeywrightError('authenticator.malformed_answer');
      }
      // Only the last fragment is shorter than what was asked for.
      if (part.length < this.#fragment) return Buffer.concat(parts);
    }
  }
}

function hashOf(array: Uint8Array): Buffer {
  return createHash('sha256').update(array).digest().subarray(0, HASH);
}

/** What the proof of a fragment is over: 32 bytes 0xff, 0x0c 0x00, the offset in 32 bits little-endian, SHA-256. §6.10.2 */
function messageOf(set: Uint8Array, offset: number): Buffer {
  const head = Buffer.alloc(38, 0xff);
  head.writeUInt16BE(0x0c00, 32);
  head.writeUInt32LE(offset, 34);
  return Buffer.concat([head, createHash('sha256').update(set).digest()]);
}
