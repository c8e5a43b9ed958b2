import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import type { CborMap } from '../../ctap/index.ts';

/** COSE algorithm identifiers that the key can sign with, the preferred one first. */
export const ALGORITHMS = [-7, -8] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A private key: the scalar on P-256 for ES256 (-7), the seed for EdDSA with Ed25519 (-8). 32 bytes. */
export type PrivateKey = { alg: Algorithm; secret: Buffer };

/** Length of {@link PrivateKey.secret}, bytes. */
export const SECRET_LENGTH = 32;

// PKCS#8 (RFC 5958) of a private key without its public part, up to the 32 bytes of the secret.
const PKCS8_PREFIX: Record<Algorithm, Buffer> = {
  [-7]: Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'),
  [-8]: Buffer.from('302e020100300506032b657004220420', 'hex'),
};

// Where the secret starts in the PKCS#8 that OpenSSL writes for a new key.
const SECRET_OFFSET: Record<Algorithm, number> = { [-7]: 36, [-8]: 16 };

/** True when the number is one of {@link ALGORITHMS}. */
export function isAlgorithm(alg: number): alg is Algorithm {
  return alg === -7 || alg === -8;
}

/** Makes a fresh private key. */
export function generatePrivateKey(alg: Algorithm): PrivateKey {
  const { privateKey } =
    alg === -7 ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const offset = SECRET_OFFSET[alg];
  const secret = Buffer.from(der.subarray(offset, offset + SECRET_LENGTH));
  der.fill(0);
  return { alg, secret };
}

function keyObject({ alg, secret }: PrivateKey): KeyObject {
  const der = Buffer.concat([PKCS8_PREFIX[alg], secret]);
  try {
    return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
  } finally {
    der.fill(0);
  }
}

/** The public key as COSE_Key (RFC 9053 §7, WebAuthn §5.8.5). */
export function cosePublicKey(key: PrivateKey): CborMap {
  return new Map<number, number | Uint8Array>(key.alg === -7 ? es256(key) : ed25519(key));
}

type CoseEntries = [number, number | Uint8Array][];

function es256({ secret }: PrivateKey): CoseEntries {
  // Several times as fast as a key object, which counts where passkeys are listed.
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  return [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, point.subarray(1, 33)],
    [-3, point.subarray(33)],
  ];
}

function ed25519(key: PrivateKey): CoseEntries {
  const spki = createPublicKey(keyObject(key)).export({ type: 'spki', format: 'der' });
  return [
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, spki.subarray(-32)],
  ];
}

/** Signs data: ES256 as DER (WebAuthn §6.5.5), EdDSA as 64 bytes. */
export function signWith(key: PrivateKey, data: Uint8Array): Buffer {
  return sign(key.alg === -7 ? 'sha256' : null, data, keyObject(key));
}
