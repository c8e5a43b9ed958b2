import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type KeyFile, type KeyFileHeader, type ScryptParameters, sealedHeader } from './key-file.ts';
import { encodeKeyState, type KeyState } from './key-state.ts';

// About 100 ms on the 2-core machine this was measured on, 64 MiB; it is paid once per unlock. The file keeps its
// own parameters, so that later versions can raise them. A PIN of six digits stays open to patient guessing by
// whoever copies the file: scrypt makes each guess dear, it cannot make a short PIN long.
export const KDF: ScryptParameters = { N: 65536, r: 8, p: 1 };

const NONCE = 12;
const TAG = 16;

const deriveKey = promisify<Uint8Array, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

/** The key that seals a file, 32 bytes, from the PIN hash; the receiver zeroes it. */
export function scryptKey(pinHash: Uint8Array, { kdf, salt }: KeyFileHeader): Promise<Buffer> {
  // OpenSSL counts a little more than 128·N·r.
  return deriveKey(pinHash, salt, 32, { ...kdf, maxmem: 160 * kdf.N * kdf.r });
}

/** Seals the state under a file key and the header. */
export function seal(fileKey: Uint8Array, header: KeyFileHeader, state: KeyState): Buffer {
  const plaintext = encodeKeyState(state);
  try {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', fileKey, nonce).setAAD(sealedHeader(header));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
  } finally {
    plaintext.fill(0);
  }
}

/** Opens what {@link seal} made; null where the key, and so the PIN, is another one. The receiver zeroes the bytes. */
export function unseal(fileKey: Uint8Array, file: KeyFile): Buffer | null {
  const { sealed } = file;
  const decipher = createDecipheriv('aes-256-gcm', fileKey, sealed.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(sealedHeader(file))
    .setAuthTag(sealed.subarray(-TAG));
  const plaintext = decipher.update(sealed.subarray(NONCE, -TAG));
  try {
    decipher.final();
    return plaintext;
  } catch {
    // The file is whole (its hash was checked), so this is what a wrong PIN looks like.
    plaintext.fill(0);
    return null;
  }
}
