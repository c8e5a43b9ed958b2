import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Bytes, CtapError, MAX_MESSAGE, PERMISSION, STATUS } from '../../ctap/index.ts';
import { type DeviceContext, success } from './device-context.ts';
import type { Parameters } from './parameters.ts';
import { unlockedState, verifyToken } from './verification.ts';

/** The longest serialized large-blob array, bytes, as getInfo says. CTAP 2.2 §6.10: at least 1024. */
export const MAX_LARGE_BLOB_ARRAY = 4096;

/** Room in a message for everything but the fragment, bytes. CTAP 2.2 §6.10.2. */
const OVERHEAD = 64;
const MAX_FRAGMENT = MAX_MESSAGE - OVERHEAD;
const HASH = 16;

/** An array with nothing in it, and its hash. CTAP 2.2 §6.10. */
const EMPTY = Buffer.from('8076be8b528d0075f7aae98d6fa57a6d3c', 'hex');

/** An array of which not all fragments have come. */
type Incoming = { bytes: Buffer; filled: number };

/**
 * authenticatorLargeBlobs (0x0C): one array for all credentials. Reading it takes no proof, but a key with a file must
 * have been unlocked. What was written in part is lost with power. CTAP 2.2 §6.10.2.
 */
export class LargeBlobs {
  #incoming: Incoming | null = null;

  /** Carries out one command. */
  async handle(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
    const offset = parameters.required(0x03, z.int());
    const get = parameters.optional(0x01, z.int());
    const set = parameters.optional(0x02, Bytes);
    if (offset < 0 || (get === undefined) === (set === undefined)) throw invalid();
    return set === undefined
      ? this.#read(context, parameters, offset, get ?? 0)
      : this.#write(context, parameters, offset, set);
  }

  /** Forgets what was written in part. */
  forget(): void {
    this.#incoming = null;
  }

  #read(context: DeviceContext, parameters: Parameters, offset: number, length: number): Uint8Array {
    if ([0x04, 0x05, 0x06].some((key) => parameters.has(key)) || length < 0) throw invalid();
    if (length > MAX_FRAGMENT) throw new CtapError(STATUS.INVALID_LENGTH);
    const array = unlockedState(context).largeBlobs ?? EMPTY;
    if (offset > array.length) throw invalid();
    return success(new Map([[0x01, array.subarray(offset, offset + length)]]));
  }

  async #write(
    context: DeviceContext,
    parameters: Parameters,
    offset: number,
    set: Uint8Array,
  ): Promise<Uint8Array> {
    if (set.length > MAX_FRAGMENT) throw new CtapError(STATUS.INVALID_LENGTH);
    const length = parameters.optional(0x04, z.int());
    const incoming = offset === 0 ? begin(length) : this.#incoming;
    if (offset !== 0 && length !== undefined) throw invalid();
    if (incoming === null || offset !== incoming.filled) throw new CtapError(STATUS.INVALID_SEQ);
    authorise(context, parameters, offset, set);
    if (offset + set.length > incoming.bytes.length) throw invalid();
    incoming.bytes.set(set, offset);
    incoming.filled += set.length;
    this.#incoming = incoming;
    if (incoming.filled < incoming.bytes.length) return success();

    this.#incoming = null;
    const array = incoming.bytes;
    const hash = createHash('sha256').update(array.subarray(0, -HASH)).digest();
    if (!hash.subarray(0, HASH).equals(array.subarray(-HASH))) throw new CtapError(STATUS.INTEGRITY_FAILURE);
    unlockedState(context).largeBlobs = array;
    await context.vault.save();
    return success();
  }
}

function begin(length: number | undefined): Incoming {
  if (length === undefined || length < EMPTY.length) throw invalid();
  if (length > MAX_LARGE_BLOB_ARRAY) throw new CtapError(STATUS.LARGE_BLOB_STORAGE_FULL);
  return { bytes: Buffer.alloc(length), filled: 0 };
}

/** The proof is over 32 bytes 0xff, 0x0c 0x00, the offset in 32 bits little-endian, SHA-256 of the fragment. */
function authorise(context: DeviceContext, parameters: Parameters, offset: number, set: Uint8Array): void {
  if (!context.vault.pinSet && !context.settings.alwaysUv) return;
  const head = Buffer.alloc(38, 0xff);
  head.writeUInt16BE(0x0c00, 32);
  head.writeUInt32LE(offset, 34);
  verifyToken(context, {
    param: parameters.optional(0x05, Bytes),
    protocol: parameters.optional(0x06, z.int()),
    message: Buffer.concat([head, createHash('sha256').update(set).digest()]),
    permission: PERMISSION.lbw,
  });
}

function invalid(): CtapError {
  return new CtapError(STATUS.INVALID_PARAMETER);
}
