import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createSecretKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { z } from 'zod';
import { bytesOf, type CborMap, mapOf } from './cbor.ts';

/**
 * A public key for key agreement: COSE_Key, EC2 on P-256. The algorithm is named ECDH-ES+HKDF-256 (-25)
 * whatever is really computed. CTAP 2.2 §6.5.6.
 */
export const KeyAgreementKey = mapOf({
  1: z.literal(2),
  3: z.int(),
  [-1]: z.literal(1),
  [-2]: bytesOf(32),
  [-3]: bytesOf(32),
}).transform((key) => ({ x: key[-2], y: key[-3] }));

export type KeyAgreementKey = z.infer<typeof KeyAgreementKey>;

/** Coordinates of a point on P-256, 32 bytes each. */
export type Point = { x: Uint8Array; y: Uint8Array };

/** A key agreement key as it is sent. */
export function toCoseKeyAgreement(point: Point): CborMap {
  return new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -25],
    [-1, 1],
    [-2, point.x],
    [-3, point.y],
  ]);
}

/** One side's fresh key pair for key agreement. */
export class KeyAgreement {
  readonly #ecdh: ECDH = createECDH('prime256v1');
  readonly publicKey: Point;

  constructor() {
    const point = this.#ecdh.generateKeys();
    this.publicKey = { x: point.subarray(1, 33), y: point.subarray(33, 65) };
  }

  /**
   * The x-coordinate shared with the other side, 32 bytes; the receiver zeroes it.
   * @throws Error when the other side's point is not on the curve
   */
  agree(peer: Point): Buffer {
    return this.#ecdh.computeSecret(Buffer.concat([Uint8Array.of(4), peer.x, peer.y]));
  }
}

/** A PIN/UV auth protocol: both sides use the same. CTAP 2.2 §6.5.4. */
export type PinUvAuthProtocol = {
  readonly version: 1 | 2;
  /** Shared secret from the shared x-coordinate, which is zeroed. */
  kdf(z: Buffer): Buffer;
  /** @param plaintext a multiple of 16 bytes */
  encrypt(key: Uint8Array, plaintext: Uint8Array): Buffer;
  /** @throws RangeError when the ciphertext has an impossible length */
  decrypt(key: Uint8Array, ciphertext: Uint8Array): Buffer;
  /** The MAC of a message: 16 bytes with protocol 1, 32 with protocol 2. */
  authenticate(key: Uint8Array, message: Uint8Array): Buffer;
  /** Checks a MAC in constant time. */
  verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
};

// Keys go in as key objects: handed over as bytes, each costs Node several times the operation itself.

function aes(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-cbc', createSecretKey(key), iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(plaintext), cipher.final()]);
}

function unAes(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Buffer {
  if (ciphertext.length === 0 || ciphertext.length % 16 !== 0) throw new RangeError('Not whole AES blocks.');
  const decipher = createDecipheriv('aes-256-cbc', createSecretKey(key), iv).setAutoPadding(false);
  const plaintext = decipher.update(ciphertext);
  // Without padding nothing is left over; a copy of the secret would stay behind.
  decipher.final();
  return plaintext;
}

function hmac(key: Uint8Array, message: Uint8Array): Buffer {
  return createHmac('sha256', createSecretKey(key)).update(message).digest();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

const ZERO_IV = new Uint8Array(16);

/** PIN/UV auth protocol one. CTAP 2.2 §6.5.6. */
const protocolOne: PinUvAuthProtocol = {
  version: 1,
  kdf(z) {
    const secret = createHash('sha256').update(z).digest();
    z.fill(0);
    return secret;
  },
  encrypt: (key, plaintext) => aes(key, ZERO_IV, plaintext),
  decrypt: (key, ciphertext) => unAes(key, ZERO_IV, ciphertext),
  authenticate: (key, message) => hmac(key, message).subarray(0, 16),
  verify: (key, message, signature) => equal(hmac(key, message).subarray(0, 16), signature),
};

const SALT = new Uint8Array(32);

// The shared secret is HMAC key || AES key. A pinUvAuthToken has 32 bytes: all of it is the HMAC key.
const hmacKey = (key: Uint8Array) => key.subarray(0, 32);
const aesKey = (key: Uint8Array) => key.subarray(32, 64);

/** PIN/UV auth protocol two. CTAP 2.2 §6.5.7. */
const protocolTwo: PinUvAuthProtocol = {
  version: 2,
  kdf(z) {
    const shared = createSecretKey(z);
    const parts = ['CTAP2 HMAC key', 'CTAP2 AES key'].map(
      (info) => new Uint8Array(hkdfSync('sha256', shared, SALT, info, 32)),
    );
    const secret = Buffer.concat(parts);
    for (const part of parts) part.fill(0);
    z.fill(0);
    return secret;
  },
  encrypt(key, plaintext) {
    const iv = randomBytes(16);
    return Buffer.concat([iv, aes(aesKey(key), iv, plaintext)]);
  },
  decrypt: (key, ciphertext) => unAes(aesKey(key), ciphertext.subarray(0, 16), ciphertext.subarray(16)),
  authenticate: (key, message) => hmac(hmacKey(key), message),
  verify: (key, message, signature) => equal(hmac(hmacKey(key), message), signature),
};

/** The protocols known here, the better one first. */
export const PIN_UV_AUTH_PROTOCOLS: readonly PinUvAuthProtocol[] = [protocolTwo, protocolOne];

/** The protocol of this version, or undefined. */
export function pinUvAuthProtocol(version: number): PinUvAuthProtocol | undefined {
  return PIN_UV_AUTH_PROTOCOLS.find((protocol) => protocol.version === version);
}

/** LEFT(SHA-256(pin), 16): all that an authenticator learns of a PIN after it was set. CTAP 2.2 §6.5.5.7. */
export function pinHash(pin: Uint8Array): Buffer {
  const digest = createHash('sha256').update(pin).digest();
  const left = Buffer.from(digest.subarray(0, 16));
  digest.fill(0);
  return left;
}

/** Length of a PIN in Unicode code points, from its UTF-8 bytes: all but the continuation bytes count. */
export function codePoints(utf8: Uint8Array): number {
  let count = 0;
  for (const byte of utf8) if ((byte & 0xc0) !== 0x80) count += 1;
  return count;
}
