import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalHash, canonicalJson } from '../../../renderer/features/signing/canonical.ts';

test('the window writes canonical JSON as the core does (RFC 8785)', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // A second opinion: the package that the core uses.
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(
        canonicalize(JSON.parse(JSON.stringify(value))),
      );
    }),
  );
});

test('keys are sorted by UTF-16 code units, and absent members are left out', () => {
  expect(canonicalJson({ '\u{1f600}': 1, '\ufb33': 2, b: undefined, a: [1, { d: null, c: 'ä' }] })).toBe(
    '{"a":[1,{"c":"ä","d":null}],"\u{1f600}":1,"\ufb33":2}',
  );
});

test('the hash is SHA-256 of its UTF-8', async () => {
  const value = { name: 'Schlüssel \u{1f511}', n: 1 };
  const expected = createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex');
  expect(await canonicalHash(value)).toBe(expected);
});
