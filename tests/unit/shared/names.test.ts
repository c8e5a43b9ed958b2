import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkName,
  fromBase64url,
  isBase64url,
  NAME_MAX_LENGTH,
  nameKey,
  toBase64url,
} from '../../../shared/domain/index.ts';

describe('checkName', () => {
  test.each([
    ['  Desk key  ', 'Desk key'],
    ['Cle\u0301', 'Clé'],
    ['👩‍💻 laptop', '👩‍💻 laptop'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['مفتاح', 'مفتاح'],
  ])('%j becomes %j', (raw, name) => {
    expect(checkName(raw)).toEqual({ ok: true, name });
  });

  test.each([
    ['', 'empty'],
    ['\u200b\u2060', 'empty'],
    ['a\nb', 'controlCharacter'],
    ['a\u2028b', 'controlCharacter'],
    ['a\u202eb', 'directionOverride'],
    ['a\u2067b', 'directionOverride'],
    ['\udc00', 'notText'],
    ['🔑'.repeat(65), 'tooLong'],
  ])('%j is refused: %s', (raw, problem) => {
    expect(checkName(raw)).toEqual({ ok: false, problem });
  });

  test('whatever is accepted is clean, and is accepted again as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (raw) => {
        const checked = checkName(raw);
        if (!checked.ok) return;
        expect(checkName(checked.name)).toEqual(checked);
        expect([...checked.name].length).toBeLessThanOrEqual(NAME_MAX_LENGTH);
        expect(checked.name).toBe(checked.name.trim().normalize('NFC'));
        expect(checked.name).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});

describe('nameKey', () => {
  test.each([
    ['Desk Key', 'desk key'],
    ['Ｄｅｓｋ　key', 'desk key'],
    ['desk  key', 'desk key'],
    ['de\u200bsk key', 'desk key'],
    ['ÉTÉ', 'e\u0301te\u0301'],
  ])('%j compares equal to %j', (a, b) => {
    expect(nameKey(a)).toBe(nameKey(b));
  });

  test('different names stay different', () => {
    expect(nameKey('Key 1')).not.toBe(nameKey('Key 2'));
  });
});

describe('base64url', () => {
  test('round trip, and the same as Node’s', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect([...fromBase64url(text)]).toEqual([...bytes]);
      }),
    );
  });

  test.each(['a', 'ab+/', 'ab==', 'ab cd', 'é'])('%j is not base64url', (text) => {
    expect(isBase64url(text)).toBe(false);
    expect(() => fromBase64url(text)).toThrow(TypeError);
  });
});
