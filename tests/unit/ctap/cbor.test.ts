import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type CborValue,
  decodeCanonicalCbor,
  decodeCbor,
  encodeCbor,
  mapOf,
  parseAnswer,
} from '../../../main/ctap/index.ts';

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

const value: fc.Arbitrary<CborValue> = fc.letrec<{ item: CborValue }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'cbor' },
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('item'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.maxSafeInteger(), fc.string()), tie('item')), { maxLength: 4 })
      .map((entries) => new Map(entries)),
  ),
})).item;

describe('canonical CBOR', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeCanonicalCbor(encodeCbor(item))).toEqual(item);
      }),
    );
  });

  it('sorts map keys by major type, then length, then bytes, whatever the order they came in', () => {
    const key = fc.oneof(fc.integer({ min: -70_000, max: 70_000 }), fc.string({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 12 }), (keys) => {
        const encoded = encodeCbor(new Map(keys.map((k) => [k, 0])));
        const sorted = keys.map((k) => Buffer.from(encodeCbor(k))).sort(Buffer.compare);
        const body = sorted.map((k) => Buffer.concat([k, Buffer.of(0)]));
        expect(Buffer.from(encoded).subarray(1)).toEqual(Buffer.concat(body));
      }),
    );
  });

  it.each([
    ['a trailing byte', 'a000'],
    ['a duplicate key', 'a201000100'],
    ['a duplicate text key', 'a2616100616100'],
    ['an integer that is too long', '1801'],
    ['a length that is too long', '580100'],
    ['an array without a length', '9f01ff'],
    ['a map without a length', 'bf0101ff'],
    ['a break as a value', 'a101ff'],
    ['a tag', 'c100'],
    ['undefined', 'f7'],
    ['not a number', 'f97e00'],
    ['a fraction', 'fb3ff199999999999a'],
    ['a value of the simple kind that nobody knows', 'f8ff'],
    ['bytes as a key', 'a1410100'],
    ['bytes that end too early', '4401'],
    ['nothing', ''],
    ['a boolean as a key', 'a1f400'],
    ['more than eight levels', '81818181818181818100'],
  ])('refuses %s', (_what, hex) => {
    expect(() => decodeCbor(bytes(hex))).toThrow(TypeError);
  });

  it.each([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['190100', 256],
    ['1a00010000', 65_536],
    ['1b0000000100000000', 2 ** 32],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['1bffffffffffffffff', 2n ** 64n - 1n],
    ['20', -1],
    ['3818', -25],
    ['3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
    ['3b001fffffffffffff', -(2n ** 53n)],
    ['3bffffffffffffffff', -(2n ** 64n)],
    ['6161', 'a'],
  ])('writes %s for %s, and reads it back', (hex, item) => {
    expect(Buffer.from(encodeCbor(item)).toString('hex')).toBe(hex);
    expect(decodeCbor(bytes(hex))).toBe(item);
  });

  it('gives bytes that are copies: what is done to them is not done to the message', () => {
    const message = Buffer.from('43010203', 'hex');
    const item = decodeCbor(message);
    if (!(item instanceof Uint8Array)) throw new Error('not bytes');
    item.fill(0);
    expect(message.toString('hex')).toBe('43010203');
  });

  it('refuses keys out of order only where the sender must be canonical', () => {
    expect(decodeCbor(bytes('a203000100'))).toEqual(
      new Map([
        [3, 0],
        [1, 0],
      ]),
    );
    expect(() => decodeCanonicalCbor(bytes('a203000100'))).toThrow(TypeError);
  });

  it('ends with a value or a TypeError for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeCbor(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('survives the deepest message that a transport can carry', () => {
    expect(() => decodeCbor(new Uint8Array(7609).fill(0x81))).toThrow(TypeError);
  });

  it('keeps integer keys and text keys apart', () => {
    const schema = mapOf({ 1: z.int().optional() });
    expect(parseAnswer(encodeCbor(new Map([['1', 5]])), schema)).toEqual({});
    expect(parseAnswer(encodeCbor(new Map([[1, 5]])), schema)).toEqual({ 1: 5 });
  });

  it('tells a malformed answer by a typed error', () => {
    expect(() => parseAnswer(bytes('a10161'), mapOf({ 1: z.int() }))).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });
});
