import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  Bytes,
  bytesOf,
  type CborMap,
  cborMap,
  decodeCanonicalCbor,
  encodeCbor,
  mapOf,
} from '../../ctap/index.ts';
import { isAlgorithm, type PrivateKey, SECRET_LENGTH } from './private-key.ts';
import { type CredProtect, isCredProtect } from './wrapped-credential.ts';

const MASTER_KEY_LENGTH = 32;

/** A resident (discoverable) credential. */
export type ResidentCredential = {
  /** 32 random bytes */
  id: Buffer;
  rpId: string;
  user: { id: Uint8Array; name: string | undefined; displayName: string | undefined };
  key: PrivateKey;
  credProtect: CredProtect;
  signCount: number;
  /** What the relying party left with it, at most 32 bytes. CTAP 2.2 §12.2. */
  credBlob: Uint8Array | undefined;
  /** It has a largeBlobKey. CTAP 2.2 §12.3. */
  largeBlob: boolean;
};

/** All that a software key holds and that must stay secret. */
export type KeyState = {
  /** Wraps the private keys of non-resident credentials, 32 bytes. */
  masterKey: Buffer;
  /** In the order in which they were made. */
  credentials: ResidentCredential[];
  /** Sign counters of non-resident credentials by SHA-256 of their id, hex. */
  counters: Map<string, number>;
  /** Unicode code points of the PIN; null where nobody counted them. */
  pinLength: number | null;
  /** Relying parties that may learn the shortest length of PINs. CTAP 2.2 §12, minPinLength. */
  minPinLengthRpIds: string[];
  /** The serialized large-blob array; null while it was never written. CTAP 2.2 §6.10. */
  largeBlobs: Buffer | null;
};

/** The state of a new key. */
export function newKeyState(): KeyState {
  return {
    masterKey: randomBytes(MASTER_KEY_LENGTH),
    credentials: [],
    counters: new Map(),
    pinLength: null,
    minPinLengthRpIds: [],
    largeBlobs: null,
  };
}

/** Overwrites every secret in the state. */
export function wipeKeyState(state: KeyState): void {
  state.masterKey.fill(0);
  for (const { key } of state.credentials) key.secret.fill(0);
  state.credentials.length = 0;
  state.counters.clear();
  state.pinLength = null;
  state.largeBlobs = null;
}

/**
 * The state as bytes, which the receiver zeroes: the number of resident credentials (2 bytes), the master key, a
 * private key for each of them, and the rest as CBOR. The secrets stand apart so that they never pass through
 * the CBOR library, whose inner buffers nobody can zero.
 */
export function encodeKeyState(state: KeyState): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(state.credentials.length);
  const rest = encodeCbor(
    cborMap([
      [1, state.credentials.map(encodeCredential)],
      [2, new Map(state.counters)],
      [3, state.pinLength ?? undefined],
      [4, state.minPinLengthRpIds],
      [5, state.largeBlobs ?? undefined],
    ]),
  );
  return Buffer.concat([count, state.masterKey, ...state.credentials.map(({ key }) => key.secret), rest]);
}

function encodeCredential(credential: ResidentCredential): CborMap {
  const { id, rpId, user, key, credProtect, signCount, credBlob, largeBlob } = credential;
  return cborMap([
    [1, id],
    [2, rpId],
    [3, user.id],
    [4, user.name],
    [5, user.displayName],
    [6, key.alg],
    [7, credProtect],
    [8, signCount],
    [9, credBlob],
    [10, largeBlob ? true : undefined],
  ]);
}

const Credential = mapOf({
  1: bytesOf(32),
  2: z.string(),
  3: Bytes,
  4: z.string().optional(),
  5: z.string().optional(),
  6: z.int().refine(isAlgorithm),
  7: z.int().refine(isCredProtect),
  8: z.int().nonnegative(),
  // Not in files of format 1.
  9: Bytes.optional(),
  10: z.boolean().optional(),
}).transform((fields) => ({
  id: Buffer.from(fields[1]),
  rpId: fields[2],
  user: { id: fields[3], name: fields[4], displayName: fields[5] },
  alg: fields[6],
  credProtect: fields[7],
  signCount: fields[8],
  credBlob: fields[9],
  largeBlob: fields[10] ?? false,
}));

const State = mapOf({
  1: z.array(Credential),
  2: z.map(z.string(), z.int().nonnegative()),
  // Not in files of format 1.
  3: z.int().positive().optional(),
  4: z.array(z.string()).optional(),
  5: Bytes.optional(),
}).transform((fields) => ({
  credentials: fields[1],
  counters: fields[2],
  pinLength: fields[3] ?? null,
  minPinLengthRpIds: fields[4] ?? [],
  largeBlobs: fields[5] === undefined ? null : Buffer.from(fields[5]),
}));

/**
 * Reads what {@link encodeKeyState} wrote. The secrets are copied; the caller zeroes the bytes.
 * @throws Error when it is not that
 */
export function decodeKeyState(bytes: Buffer): KeyState {
  const secretAt = (index: number) => 2 + MASTER_KEY_LENGTH + index * SECRET_LENGTH;
  const count = bytes.readUInt16BE(0);
  const { credentials, ...rest } = State.parse(decodeCanonicalCbor(bytes.subarray(secretAt(count))));
  if (credentials.length !== count) throw new TypeError('The number of private keys is wrong.');
  return {
    masterKey: Buffer.from(bytes.subarray(2, secretAt(0))),
    credentials: credentials.map(({ alg, ...credential }, index) => ({
      ...credential,
      key: { alg, secret: Buffer.from(bytes.subarray(secretAt(index), secretAt(index + 1))) },
    })),
    ...rest,
  };
}
