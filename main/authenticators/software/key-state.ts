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

/** A resident (discoverable) credential. */
export type ResidentCredential = {
  /** 32 random bytes */
  id: Buffer;
  rpId: string;
  user: { id: Uint8Array; name: string | undefined; displayName: string | undefined };
  key: PrivateKey;
  credProtect: CredProtect;
  signCount: number;
};

/** All that a software key holds and that must stay secret. */
export type KeyState = {
  /** Wraps the private keys of non-resident credentials, 32 bytes. */
  masterKey: Buffer;
  /** In the order in which they were made. */
  credentials: ResidentCredential[];
  /** Sign counters of non-resident credentials by SHA-256 of their id, hex. */
  counters: Map<string, number>;
};

/** The state of a new key. */
export function newKeyState(): KeyState {
  return { masterKey: randomBytes(32), credentials: [], counters: new Map() };
}

/** Overwrites every secret in the state. */
export function wipeKeyState(state: KeyState): void {
  state.masterKey.fill(0);
  for (const { key } of state.credentials) key.secret.fill(0);
  state.credentials.length = 0;
  state.counters.clear();
}

/** The state as CBOR; the receiver zeroes it. */
export function encodeKeyState(state: KeyState): Uint8Array {
  return encodeCbor(
    cborMap([
      [1, state.masterKey],
      [2, state.credentials.map(encodeCredential)],
      [3, new Map(state.counters)],
    ]),
  );
}

function encodeCredential({ id, rpId, user, key, credProtect, signCount }: ResidentCredential): CborMap {
  return cborMap([
    [1, id],
    [2, rpId],
    [3, user.id],
    [4, user.name],
    [5, user.displayName],
    [6, key.alg],
    [7, key.secret],
    [8, credProtect],
    [9, signCount],
  ]);
}

// Copies, because the decoded bytes may be views of the plaintext, which is zeroed afterwards.
const Credential = mapOf({
  1: bytesOf(32),
  2: z.string(),
  3: Bytes,
  4: z.string().optional(),
  5: z.string().optional(),
  6: z.int().refine(isAlgorithm),
  7: bytesOf(SECRET_LENGTH),
  8: z.int().refine(isCredProtect),
  9: z.int().nonnegative(),
}).transform(
  (fields): ResidentCredential => ({
    id: Buffer.from(fields[1]),
    rpId: fields[2],
    user: { id: Buffer.from(fields[3]), name: fields[4], displayName: fields[5] },
    key: { alg: fields[6], secret: Buffer.from(fields[7]) },
    credProtect: fields[8],
    signCount: fields[9],
  }),
);

const State = mapOf({
  1: bytesOf(32),
  2: z.array(Credential),
  3: z.map(z.string(), z.int().nonnegative()),
}).transform(
  (fields): KeyState => ({
    masterKey: Buffer.from(fields[1]),
    credentials: fields[2],
    counters: fields[3],
  }),
);

/**
 * Reads what {@link encodeKeyState} wrote.
 * @throws Error when it is not that
 */
export function decodeKeyState(bytes: Uint8Array): KeyState {
  return State.parse(decodeCanonicalCbor(bytes));
}
