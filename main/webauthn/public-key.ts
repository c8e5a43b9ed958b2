import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decode } from 'cborg';
import { z } from 'zod';
import { toBase64url } from '../../shared/domain/index.ts';

const Bytes = z.instanceof(Uint8Array);
const [KTY, ALG, CRV, X, Y, N, E] = [1, 3, -1, -2, -3, -1, -2];

/** What a COSE algorithm asks of its key: a type, and a curve where it has one (RFC 9053, RFC 8812, RFC 9864). */
type KeyShape = { kty: 1 | 2; crv: number; name: string } | { kty: 3 };
const SHAPES = new Map<number, KeyShape>([
  [-7, { kty: 2, crv: 1, name: 'P-256' }],
  [-35, { kty: 2, crv: 2, name: 'P-384' }],
  [-36, { kty: 2, crv: 3, name: 'P-521' }],
  [-8, { kty: 1, crv: 6, name: 'Ed25519' }],
  [-53, { kty: 1, crv: 7, name: 'Ed448' }],
  [-257, { kty: 3 }],
]);

/** A COSE_Key that was read: `shape` is null where algorithm, key type and curve do not fit each other. */
export type CoseKey = { algorithm: number; fields: ReadonlyMap<unknown, unknown>; shape: KeyShape | null };

/**
 * Reads a COSE_Key (RFC 9052 §7): definite lengths, no duplicates, nothing behind it.
 * @throws {Error} when it is not a map with a numeric algorithm
 */
export function parseCoseKey(bytes: Uint8Array): CoseKey {
  const fields = z
    .map(z.unknown(), z.unknown())
    .parse(decode(bytes, { useMaps: true, allowIndefinite: false, rejectDuplicateMapKeys: true }));
  const algorithm = z.int().parse(fields.get(ALG));
  const shape = SHAPES.get(algorithm);
  const fits =
    shape !== undefined &&
    fields.get(KTY) === shape.kty &&
    (shape.kty === 3 || fields.get(CRV) === shape.crv);
  return { algorithm, fields, shape: fits ? shape : null };
}

/**
 * The key as Node knows it.
 * @throws {Error} when the algorithm is unknown, or the numbers are no key: a point that is not on its curve
 */
export function toKeyObject({ fields, shape }: CoseKey): KeyObject {
  if (shape === null) throw new Error('The algorithm and the key do not fit each other.');
  return createPublicKey({ key: toJwk(fields, shape), format: 'jwk' });
}

function toJwk(fields: ReadonlyMap<unknown, unknown>, shape: KeyShape): JsonWebKey {
  const text = (label: number) => toBase64url(Bytes.parse(fields.get(label)));
  if (shape.kty === 3) return { kty: 'RSA', n: text(N), e: text(E) };
  if (shape.kty === 1) return { kty: 'OKP', crv: shape.name, x: text(X) };
  return { kty: 'EC', crv: shape.name, x: text(X), y: text(Y) };
}

/** Fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo (DER), lower-case hex. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
