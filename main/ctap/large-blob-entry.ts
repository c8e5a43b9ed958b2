import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { Bytes, bytesOf, type CborMap, type CborValue, mapOf } from './cbor.ts';

const NONCE = 12;
const TAG = 16;
/** What an entry may grow to when it is inflated, bytes: far more than an authenticator holds. */
const MOST_PLAIN = 1024 * 1024;

const Entry = mapOf({
  1: Bytes.refine((sealed) => sealed.length >= TAG),
  2: bytesOf(NONCE),
  3: z.int().nonnegative().max(MOST_PLAIN),
});

/**
 * Compresses and encrypts a blob for one credential. CTAP 2.2 §6.10.3.
 * @param key the credential's largeBlobKey, 32 bytes
 * @param plain at most 1 MiB
 * @returns an element of the large-blob array
 */
export function sealLargeBlob(key: Uint8Array, plain: Uint8Array): CborMap {
  if (plain.length > MOST_PLAIN) throw new RangeError(`A large blob has at most ${MOST_PLAIN} bytes.`);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData(plain.length));
  const sealed = Buffer.concat([cipher.update(deflateRawSync(plain)), cipher.final(), cipher.getAuthTag()]);
  return new Map<number, Uint8Array | number>([
    [1, sealed],
    [2, nonce],
    [3, plain.length],
  ]);
}

/**
 * Decrypts and inflates an element of the large-blob array. CTAP 2.2 §6.10.3.
 * @param key a credential's largeBlobKey, 32 bytes
 * @returns the blob, or null where the element is not of this credential or is damaged
 */
export function openLargeBlob(key: Uint8Array, element: CborValue): Buffer | null {
  const entry = Entry.safeParse(element);
  if (!entry.success) return null;
  const { 1: sealed, 2: nonce, 3: size } = entry.data;
  const compressed = decrypt(key, nonce, sealed, size);
  if (compressed === null) return null;
  try {
    // A length of 0 is no limit that zlib takes.
    const plain = inflateRawSync(compressed, { maxOutputLength: Math.max(size, 1) });
    return plain.length === size ? plain : null;
  } catch {
    return null;
  }
}

/** True where the element was encrypted with this key, whole or not. */
export function isLargeBlobOf(key: Uint8Array, element: CborValue): boolean {
  const entry = Entry.safeParse(element);
  return entry.success && decrypt(key, entry.data[2], entry.data[1], entry.data[3]) !== null;
}

/** null where the key is another one: trying is the only way to find one's own elements. */
function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, size: number): Buffer | null {
  const end = sealed.length - TAG;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG })
    .setAAD(associatedData(size))
    .setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch {
    return null;
  }
}

/** "blob" and the length of the plain text as 64 bits, little-endian. */
function associatedData(size: number): Buffer {
  const data = Buffer.alloc(12);
  data.write('blob', 'ascii');
  data.writeBigUInt64LE(BigInt(size), 4);
  return data;
}
