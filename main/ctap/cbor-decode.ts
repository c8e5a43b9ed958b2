import type { CborMap, CborValue } from './cbor.ts';

// CTAP2 itself stays below 4 levels in requests; answers of getInfo and COSE keys inside them a little more.
const MAX_DEPTH = 8;

/**
 * Decodes one CBOR item. Refuses indefinite lengths, integers that are not the shortest, duplicate keys, keys
 * other than integers and text, tags, floats, undefined, trailing bytes and deep nesting. Byte strings are
 * copies. CTAP 2.2 §8.
 * @throws TypeError when the bytes are none of this
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  const { value, end } = decodeItem(bytes);
  if (end < bytes.length) throw new TypeError('Bytes follow the CBOR.');
  return value;
}

/**
 * Decodes the item that the bytes begin with, by the rules of {@link decodeCbor}; `rest` is what follows it.
 * For authenticator data, where items stand side by side. WebAuthn §6.1.
 * @throws TypeError when the bytes do not begin with such an item
 */
export function decodeCborPrefix(bytes: Uint8Array): { value: CborValue; rest: Uint8Array } {
  const { value, end } = decodeItem(bytes);
  return { value, rest: bytes.subarray(end) };
}

function decodeItem(bytes: Uint8Array): { value: CborValue; end: number } {
  const reader = new Reader(bytes);
  try {
    return { value: reader.read(MAX_DEPTH), end: reader.at };
  } catch (cause) {
    // Reading behind the end of a view is a RangeError.
    if (cause instanceof RangeError) throw new TypeError('The CBOR ends too early.', { cause });
    throw cause;
  }
}

/** Longest text that is read letter by letter: such are most, and most are ASCII. */
const SHORT_TEXT = 32;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    // Not a Buffer, whose slices are no copies.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @param depth levels that may still be opened */
  read(depth: number): CborValue {
    if (depth < 0) throw new TypeError('This CBOR is nested too deeply.');
    const first = this.#view.getUint8(this.at);
    this.at += 1;
    const argument = first & 0x1f;
    switch (first >> 5) {
      case 0:
        return this.#argument(argument);
      case 1:
        return negative(this.#argument(argument));
      case 2:
        return this.#take(this.#length(argument)).slice();
      case 3:
        return this.#text(this.#length(argument));
      case 4:
        return this.#array(this.#length(argument), depth);
      case 5:
        return this.#map(this.#length(argument), depth);
      case 7:
        return simple(argument);
      default:
        throw new TypeError('Tags are not used in CTAP2.');
    }
  }

  #array(length: number, depth: number): CborValue[] {
    const array: CborValue[] = [];
    for (let n = 0; n < length; n += 1) array.push(this.read(depth - 1));
    return array;
  }

  #map(length: number, depth: number): CborMap {
    const map: CborMap = new Map();
    for (let n = 0; n < length; n += 1) {
      const key = this.read(depth - 1);
      if (typeof key !== 'string' && typeof key !== 'number') {
        throw new TypeError('Map keys are integers or text in CTAP2.');
      }
      if (map.has(key)) throw new TypeError('The same key is there twice.');
      map.set(key, this.read(depth - 1));
    }
    return map;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    if (length > SHORT_TEXT) return utf8.decode(bytes);
    let text = '';
    for (const byte of bytes) {
      if (byte >= 0x80) return utf8.decode(bytes);
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** The next bytes where they stand, without copying. */
  #take(length: number): Uint8Array {
    const start = this.at;
    if (length > this.#bytes.length - start) throw new TypeError('The CBOR ends too early.');
    this.at += length;
    return this.#bytes.subarray(start, this.at);
  }

  /** A length or a count: no item is shorter than a byte, so none can be more than the bytes that are left. */
  #length(info: number): number {
    const length = this.#argument(info);
    if (typeof length === 'bigint' || length > this.#bytes.length - this.at) {
      throw new TypeError('The CBOR ends too early.');
    }
    return length;
  }

  #argument(info: number): number | bigint {
    if (info < 24) return info;
    const { at } = this;
    switch (info) {
      case 24:
        this.at += 1;
        return shortest(this.#view.getUint8(at), 24);
      case 25:
        this.at += 2;
        return shortest(this.#view.getUint16(at), 0x100);
      case 26:
        this.at += 4;
        return shortest(this.#view.getUint32(at), 0x10000);
      case 27:
        this.at += 8;
        return this.#wide(at);
      default:
        throw new TypeError('Indefinite lengths are not used in CTAP2.');
    }
  }

  #wide(at: number): number | bigint {
    const value = this.#view.getBigUint64(at);
    if (value > Number.MAX_SAFE_INTEGER) return value;
    return shortest(Number(value), 0x100000000);
  }
}

function shortest(value: number, least: number): number {
  if (value < least) throw new TypeError('This integer is not written in the shortest way.');
  return value;
}

function negative(argument: number | bigint): number | bigint {
  // -1 - (2^53 - 1) is one too small for an exact number.
  if (typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER) return -1 - argument;
  return -1n - BigInt(argument);
}

function simple(argument: number): boolean | null {
  if (argument === 20) return false;
  if (argument === 21) return true;
  if (argument === 22) return null;
  throw new TypeError('Floats, undefined and other simple values are not used in CTAP2.');
}
