import type { CborMap, CborValue } from './cbor.ts';

const MAJOR = { unsigned: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, array: 0x80, map: 0xa0 } as const;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;
const WIDEST = 2n ** 64n - 1n;

/**
 * Encodes in the CTAP2 canonical form: shortest integers, definite lengths, map keys by major type, then
 * length, then bytewise. CTAP 2.2 §8 (with these types the same order as RFC 8949 §4.2.1).
 * @throws TypeError for a value that CTAP2 has no place for, such as a fraction
 */
export function encodeCbor(value: CborValue): Uint8Array<ArrayBuffer> {
  // Measured first, so that what may be a secret is written once and to one place.
  const writer = new Writer(sizeOf(value));
  writer.write(value);
  return writer.bytes;
}

function sizeOf(value: CborValue): number {
  switch (typeof value) {
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError('Numbers in CTAP2 are integers below 2^53.');
      return headSize(value < 0 ? -1 - value : value);
    case 'string':
      return textSize(value);
    case 'boolean':
      return 1;
    case 'bigint':
      return wideHeadSize(value < 0n ? -1n - value : value);
  }
  if (value === null) return 1;
  if (value instanceof Uint8Array) return headSize(value.length) + value.length;
  if (Array.isArray(value)) {
    let size = headSize(value.length);
    for (const item of value) size += sizeOf(item);
    return size;
  }
  if (!(value instanceof Map)) throw new TypeError('This kind of value is not used in CTAP2.');
  let size = headSize(value.size);
  for (const [key, item] of value) size += sizeOf(key) + sizeOf(item);
  return size;
}

function textSize(text: string): number {
  const length = Buffer.byteLength(text);
  return headSize(length) + length;
}

function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x10000) return 3;
  return argument < 0x100000000 ? 5 : 9;
}

function wideHeadSize(argument: bigint): number {
  if (argument > WIDEST) throw new TypeError('Integers in CTAP2 have at most 64 bits.');
  return argument <= Number.MAX_SAFE_INTEGER ? headSize(Number(argument)) : 9;
}

class Writer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#buffer = Buffer.from(this.bytes.buffer);
  }

  write(value: CborValue): void {
    if (typeof value === 'number') this.#integer(value);
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) this.#byteString(value);
    else if (value instanceof Map) this.#map(value);
    else if (Array.isArray(value)) {
      this.#head(MAJOR.array, value.length);
      for (const item of value) this.write(item);
    } else if (typeof value === 'bigint') this.#wide(value);
    else this.#byte(value === null ? NULL : value ? TRUE : FALSE);
  }

  #map(map: CborMap): void {
    this.#head(MAJOR.map, map.size);
    for (const [key, item] of inOrder(map)) {
      this.write(key);
      this.write(item);
    }
  }

  #integer(value: number): void {
    if (value < 0) this.#head(MAJOR.negative, -1 - value);
    else this.#head(MAJOR.unsigned, value);
  }

  #wide(value: bigint): void {
    const argument = value < 0n ? -1n - value : value;
    const major = value < 0n ? MAJOR.negative : MAJOR.unsigned;
    if (argument <= Number.MAX_SAFE_INTEGER) {
      this.#head(major, Number(argument));
      return;
    }
    this.#byte(major | 27);
    this.#view.setBigUint64(this.#at, argument);
    this.#at += 8;
  }

  #byteString(value: Uint8Array): void {
    this.#head(MAJOR.bytes, value.length);
    this.bytes.set(value, this.#at);
    this.#at += value.length;
  }

  #text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#head(MAJOR.text, length);
    this.#buffer.write(value, this.#at);
    this.#at += length;
  }

  #head(major: number, argument: number): void {
    if (argument < 24) {
      this.#byte(major | argument);
    } else if (argument < 0x100) {
      this.#byte(major | 24);
      this.#byte(argument);
    } else if (argument < 0x10000) {
      this.#byte(major | 25);
      this.#view.setUint16(this.#at, argument);
      this.#at += 2;
    } else if (argument < 0x100000000) {
      this.#byte(major | 26);
      this.#view.setUint32(this.#at, argument);
      this.#at += 4;
    } else {
      this.#byte(major | 27);
      this.#view.setBigUint64(this.#at, BigInt(argument));
      this.#at += 8;
    }
  }

  #byte(value: number): void {
    this.bytes[this.#at] = value;
    this.#at += 1;
  }
}

type Key = number | string;

/** The entries in canonical order; most maps are written in it already. */
function inOrder(map: CborMap): Iterable<[Key, CborValue]> {
  let last: Key | undefined;
  for (const key of map.keys()) {
    if (last !== undefined && compareKeys(last, key) > 0) {
      return [...map].sort(([a], [b]) => compareKeys(a, b));
    }
    last = key;
  }
  return map;
}

/** Unsigned integers, then negative ones from -1 down, then text, the shorter first. */
function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number') {
    if (typeof b !== 'number') return -1;
    if (a >= 0 && b >= 0) return a - b;
    return b - a;
  }
  if (typeof b === 'number') return 1;
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b));
}
