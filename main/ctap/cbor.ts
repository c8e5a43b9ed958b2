import { type DecodeOptions, decode, decodeFirst, encode, rfc8949EncodeOptions } from 'cborg';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';

/** What CTAP2 messages are made of; integers beyond 2^53 are bigint. */
export type CborValue = number | bigint | string | boolean | null | Uint8Array | CborValue[] | CborMap;
export type CborMap = Map<number | string, CborValue>;

// CTAP2 itself stays below 4 levels in requests; answers of getInfo and COSE keys inside them a little more.
const MAX_DEPTH = 8;

/**
 * Encodes in the CTAP2 canonical form: shortest integers, definite lengths, map keys by major type, then
 * length, then bytewise. CTAP 2.2 §8 (with these types the same order as RFC 8949 §4.2.1).
 */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode(value, rfc8949EncodeOptions));
}

/**
 * Decodes one CBOR item. Refuses indefinite lengths, integers that are not the shortest, duplicate keys, keys
 * other than integers and text, tags, floats, undefined, trailing bytes and deep nesting. CTAP 2.2 §8.
 * @throws TypeError when the bytes are none of this
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  return checked(attempt(() => decode(bytes, STRICT)));
}

/**
 * Decodes the item that the bytes begin with, by the rules of {@link decodeCbor}; `rest` is what follows it.
 * For authenticator data, where items stand side by side. WebAuthn §6.1.
 * @throws TypeError when the bytes do not begin with such an item
 */
export function decodeCborPrefix(bytes: Uint8Array): { value: CborValue; rest: Uint8Array } {
  const [value, rest] = attempt((): [unknown, Uint8Array] => decodeFirst(bytes, STRICT));
  return { value: checked(value), rest };
}

const STRICT: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  useMaps: true,
  rejectDuplicateMapKeys: true,
};

function attempt<T>(run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new TypeError('These bytes are not CBOR in the canonical form of CTAP2.', { cause });
  }
}

/** As {@link decodeCbor}, and refuses map keys out of order too: for what a canonical sender must send. */
export function decodeCanonicalCbor(bytes: Uint8Array): CborValue {
  const value = decodeCbor(bytes);
  const again = encodeCbor(value);
  if (Buffer.compare(again, bytes) !== 0) throw new TypeError('These bytes are not in canonical order.');
  return value;
}

function checked(value: unknown): CborValue {
  requireCborValue(value, MAX_DEPTH);
  return value;
}

/** Looks and copies nothing: every answer goes through here. @throws TypeError where the library takes what CTAP2 does not */
function requireCborValue(value: unknown, depth: number): asserts value is CborValue {
  if (depth < 0) throw new TypeError('This CBOR is nested too deeply.');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'bigint' || value instanceof Uint8Array) return;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('Floating-point numbers are not used in CTAP2.');
  } else if (Array.isArray(value)) {
    for (const item of value) requireCborValue(item, depth - 1);
  } else if (value instanceof Map) {
    for (const [key, item] of value) {
      if (typeof key !== 'string' && !Number.isSafeInteger(key)) {
        throw new TypeError('Map keys are integers or text in CTAP2.');
      }
      requireCborValue(item, depth - 1);
    }
  } else {
    throw new TypeError('This kind of CBOR value is not used in CTAP2.');
  }
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
  return z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length === length,
    `not ${length} bytes`,
  );
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
