import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { isAlgorithm, type PrivateKey, SECRET_LENGTH } from './private-key.ts';

/** credProtect levels: 1 optional, 2 optional with a credential id list, 3 required. CTAP 2.2 §12.1. */
export type CredProtect = 1 | 2 | 3;

/** True when the number is a level. */
export function isCredProtect(level: number): level is CredProtect {
  return level === 1 || level === 2 || level === 3;
}

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const BODY = 2 + SECRET_LENGTH;

/** Length of the id of a non-resident credential, bytes. */
export const WRAPPED_ID_LENGTH = 1 + NONCE + BODY + TAG;

function bound(rpIdHash: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from('keywright non-resident credential'), Uint8Array.of(VERSION), rpIdHash]);
}

/**
 * Makes the id of a non-resident credential: the private key under AES-256-GCM of the master key, bound to
 * the relying party. CTAP 2.2 §6.1.2, "non-discoverable"; WebAuthn §4, "server-side credential".
 * @param masterKey 32 bytes
 * @param rpIdHash 32 bytes
 */
export function wrapCredential(
  masterKey: Uint8Array,
  rpIdHash: Uint8Array,
  key: PrivateKey,
  credProtect: CredProtect,
): Buffer {
  const nonce = randomBytes(NONCE);
  const body = Buffer.concat([Uint8Array.of(-key.alg, credProtect), key.secret]);
  try {
    const cipher = createCipheriv('aes-256-gcm', masterKey, nonce).setAAD(bound(rpIdHash));
    const sealed = Buffer.concat([cipher.update(body), cipher.final()]);
    return Buffer.concat([Uint8Array.of(VERSION), nonce, sealed, cipher.getAuthTag()]);
  } finally {
    body.fill(0);
  }
}

/** Opens an id made by {@link wrapCredential}; null where it is not one of this key and relying party. */
export function unwrapCredential(
  masterKey: Uint8Array,
  rpIdHash: Uint8Array,
  id: Uint8Array,
): { key: PrivateKey; credProtect: CredProtect } | null {
  if (id.length !== WRAPPED_ID_LENGTH || id[0] !== VERSION) return null;
  const nonce = id.subarray(1, 1 + NONCE);
  const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, { authTagLength: TAG })
    .setAAD(bound(rpIdHash))
    .setAuthTag(id.subarray(-TAG));
  const body = decipher.update(id.subarray(1 + NONCE, -TAG));
  try {
    decipher.final();
    const alg = -(body[0] ?? 0);
    const credProtect = body[1] ?? 0;
    if (!isAlgorithm(alg) || !isCredProtect(credProtect)) return null;
    return { key: { alg, secret: Buffer.from(body.subarray(2)) }, credProtect };
  } catch {
    // The tag does not fit: any other authenticator's id, which is what this check is for.
    return null;
  } finally {
    body.fill(0);
  }
}
