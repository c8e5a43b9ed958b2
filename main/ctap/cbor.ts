import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { decodeCbor } from './cbor-decode.ts';
import { encodeCbor } from './cbor-encode.ts';

export { decodeCbor, decodeCborPrefix } from './cbor-decode.ts';
export { encodeCbor } from './cbor-encode.ts';

/** What CTAP2 messages are made of; integers beyond 2^53 are bigint. */
export type CborValue = number | bigint | string | boolean | null | Uint8Array | CborValue[] | CborMap;
export type CborMap = Map<number | string, CborValue>;

/** As {@link decodeCbor}, and refuses map keys out of order too: for what a canonical sender must send. */
export function decodeCanonicalCbor(bytes: Uint8Array): CborValue {
  const value = decodeCbor(bytes);
  const again = encodeCbor(value);
  if (Buffer.compare(again, bytes) !== 0) throw new TypeError('These bytes are not in canonical order.');
  return value;
}

/** Builds a map from its entries and leaves the undefined ones out. */
export function cborMap(entries: Iterable<readonly [number | string, CborValue | undefined]>): CborMap {
  const map: CborMap = new Map();
  for (const [key, value] of entries) if (value !== undefined) map.set(key, value);
  return map;
}

/** Schema: bytes. */
export const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not bytes');

/** Schema: bytes of one length. */
export function bytesOf(length: number): z.ZodType<Uint8Array> {
  return Bytes.refine((bytes) => bytes.length === length, `not ${length} bytes`);
}

/** Schema: any map. */
export const AnyMap = z.custom<CborMap>((value) => value instanceof Map, 'not a map');

/** Schema: any value that CTAP2 can carry. */
export const AnyValue = z.custom<CborValue>((value) => value !== undefined, 'missing');

/** Schema: a map with the given fields; its integer keys are written as in `{ 1: ..., [-2]: ... }`. Others are dropped. */
export function mapOf<S extends z.ZodRawShape>(shape: S) {
  const keys = keysOf(shape);
  return AnyMap.transform((map) => fieldsOf(map, keys)).pipe(z.object(shape));
}

/** As {@link mapOf}, and keeps what the shape does not name, as it came. Authenticators newer than this program send more. */
export function openMapOf<S extends z.ZodRawShape>(shape: S) {
  const keys = keysOf(shape);
  const known = new Set(keys.values());
  return AnyMap.transform((map) => {
    const unknown: CborMap = new Map();
    for (const [key, value] of map) if (!known.has(key)) unknown.set(key, value);
    return { fields: fieldsOf(map, keys), unknown };
  }).pipe(z.object({ fields: z.object(shape), unknown: AnyMap }));
}

/** The names of a shape with the keys that they stand for. */
function keysOf(shape: z.ZodRawShape): ReadonlyMap<string, number | string> {
  return new Map(Object.keys(shape).map((name) => [name, keyOf(name)]));
}

function fieldsOf(map: CborMap, keys: ReadonlyMap<string, number | string>): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  // Integer and text keys must not stand in for each other: only the kind that the shape wants is taken.
  for (const [name, key] of keys) {
    const value = map.get(key);
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

function keyOf(name: string): number | string {
  return /^-?\d+$/.test(name) ? Number(name) : name;
}

/**
 * Decodes and parses an answer of an authenticator.
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseAnswer<T extends z.ZodType>(bytes: Uint8Array, schema: T): z.output<T> {
  try {
    return schema.parse(decodeCbor(bytes));
  } catch (cause) {
    throw new KeywrightError('authenticator.malformed_answer', { cause });
  }
}
