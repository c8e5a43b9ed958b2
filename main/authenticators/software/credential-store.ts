import { createHash, randomBytes } from 'node:crypto';
import { CtapError, STATUS } from '../../ctap/index.ts';
import type { KeyState, ResidentCredential } from './key-state.ts';
import { type Algorithm, generatePrivateKey, type PrivateKey } from './private-key.ts';
import { type CredProtect, unwrapCredential, wrapCredential } from './wrapped-credential.ts';

/** Passkeys that one key can hold, resident and not. A later write of the file then stays below a megabyte. */
const MAX_CREDENTIALS = 1000;

/** A credential ready to sign. */
export type UsableCredential = {
  id: Buffer;
  key: PrivateKey;
  credProtect: CredProtect;
  /** Present for resident credentials. */
  user: ResidentCredential['user'] | null;
  /** For resident credentials only. */
  credBlob: Uint8Array | undefined;
  /** For resident credentials only. */
  largeBlob: boolean;
  /** Raises the sign counter and returns its new value. */
  nextSignCount(): number;
};

/** SHA-256 of an rpId, 32 bytes. */
export function rpIdHash(rpId: string): Buffer {
  return createHash('sha256').update(rpId).digest();
}

/** How many more passkeys there is room for. */
export function remainingCredentials({ credentials, counters }: KeyState): number {
  return Math.max(0, MAX_CREDENTIALS - credentials.length - counters.size);
}

function resident(credential: ResidentCredential): UsableCredential {
  const { id, key, credProtect, user, credBlob, largeBlob } = credential;
  return {
    id,
    key,
    credProtect,
    user,
    credBlob,
    largeBlob,
    nextSignCount: () => {
      credential.signCount += 1;
      return credential.signCount;
    },
  };
}

function nonResident(
  state: KeyState,
  id: Buffer,
  key: PrivateKey,
  credProtect: CredProtect,
): UsableCredential {
  const counterName = createHash('sha256').update(id).digest('hex');
  return {
    id,
    key,
    credProtect,
    user: null,
    credBlob: undefined,
    largeBlob: false,
    nextSignCount: () => {
      const count = (state.counters.get(counterName) ?? 0) + 1;
      state.counters.set(counterName, count);
      return count;
    },
  };
}

/** The credential with this id, where it belongs to this key and relying party. */
export function findById(state: KeyState, rpId: string, id: Uint8Array): UsableCredential | null {
  const stored = state.credentials.find((c) => c.rpId === rpId && c.id.equals(id));
  if (stored !== undefined) return resident(stored);
  const opened = unwrapCredential(state.masterKey, rpIdHash(rpId), id);
  return opened === null ? null : nonResident(state, Buffer.from(id), opened.key, opened.credProtect);
}

/** The resident credentials for a relying party, the newest first. */
export function findResident(state: KeyState, rpId: string): UsableCredential[] {
  return state.credentials
    .filter((credential) => credential.rpId === rpId)
    .reverse()
    .map(resident);
}

/** The relying parties that have resident credentials, in the order in which they came. */
export function residentRps(state: KeyState): string[] {
  return [...new Set(state.credentials.map(({ rpId }) => rpId))];
}

/** The resident credentials for the relying party with this SHA-256, the oldest first. */
export function residentOf(state: KeyState, hash: Uint8Array): ResidentCredential[] {
  const rpId = residentRps(state).find((name) => rpIdHash(name).equals(hash));
  return state.credentials.filter((credential) => credential.rpId === rpId);
}

/** The resident credential with this id, of whatever relying party. */
export function findResidentById(state: KeyState, id: Uint8Array): ResidentCredential | undefined {
  return state.credentials.find((credential) => credential.id.equals(id));
}

/** Deletes a resident credential and wipes its private key. */
export function deleteResident(state: KeyState, credential: ResidentCredential): void {
  state.credentials = state.credentials.filter((other) => other !== credential);
  credential.key.secret.fill(0);
}

/**
 * Makes a credential. A resident one replaces the one that the same user has at the same relying party.
 * CTAP 2.2 §6.1.2 step 17.
 * @throws CtapError KEY_STORE_FULL
 */
export function createCredential(
  state: KeyState,
  options: {
    rpId: string;
    user: ResidentCredential['user'];
    alg: Algorithm;
    credProtect: CredProtect;
    rk: boolean;
    credBlob: Uint8Array | undefined;
    largeBlob: boolean;
  },
): UsableCredential {
  const { rpId, user, alg, credProtect, rk, credBlob, largeBlob } = options;
  const older = rk
    ? state.credentials.findIndex((c) => c.rpId === rpId && Buffer.from(c.user.id).equals(user.id))
    : -1;
  if (older === -1 && remainingCredentials(state) === 0) {
    throw new CtapError(STATUS.KEY_STORE_FULL);
  }
  const key = generatePrivateKey(alg);
  if (!rk) {
    const id = wrapCredential(state.masterKey, rpIdHash(rpId), key, credProtect);
    return nonResident(state, id, key, credProtect);
  }
  if (older !== -1) for (const { key } of state.credentials.splice(older, 1)) key.secret.fill(0);
  const credential = { id: randomBytes(32), rpId, user, key, credProtect, signCount: 0, credBlob, largeBlob };
  state.credentials.push(credential);
  return resident(credential);
}

/** Wipes the opened private key of a non-resident credential; a resident one stays in the state. */
export function release(credential: UsableCredential | null): void {
  if (credential?.user === null) credential.key.secret.fill(0);
}
