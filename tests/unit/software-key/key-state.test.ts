import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeKeyState,
  encodeKeyState,
  type KeyState,
  newKeyState,
  wipeKeyState,
} from '../../../main/authenticators/software/key-state.ts';
import {
  type Algorithm,
  cosePublicKey,
  generatePrivateKey,
} from '../../../main/authenticators/software/private-key.ts';
import type { CredProtect } from '../../../main/authenticators/software/wrapped-credential.ts';
import { encodeCbor } from '../../../main/ctap/index.ts';

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const name = fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined });
const credential = fc.record({
  id: bytes(32),
  rpId: fc.domain(),
  user: fc.record({ id: fc.uint8Array({ minLength: 1, maxLength: 64 }), name, displayName: name }),
  key: fc.record({ alg: fc.constantFrom<Algorithm>(-7, -8), secret: bytes(32) }),
  credProtect: fc.constantFrom<CredProtect>(1, 2, 3),
  signCount: fc.nat(),
  credBlob: fc.option(fc.uint8Array({ maxLength: 32 }), { nil: undefined }),
  largeBlob: fc.boolean(),
});
const state: fc.Arbitrary<KeyState> = fc.record({
  masterKey: bytes(32),
  credentials: fc.array(credential, { maxLength: 5 }),
  counters: fc
    .array(fc.tuple(fc.string({ minLength: 64, maxLength: 64 }), fc.nat()))
    .map((entries) => new Map(entries)),
  pinLength: fc.option(fc.integer({ min: 1, max: 63 }), { nil: null }),
  minPinLengthRpIds: fc.array(fc.domain(), { maxLength: 8 }),
  largeBlobs: fc.option(bytes(17), { nil: null }),
});

describe('the state of a software key', () => {
  it('is read as it was written, and does not share memory with the bytes', () => {
    fc.assert(
      fc.property(state, (before) => {
        const written = encodeKeyState(before);
        const after = decodeKeyState(written);
        written.fill(0);
        expect(after).toEqual(before);
      }),
    );
  });

  it('is wiped with every secret in it', () => {
    fc.assert(
      fc.property(state, (held) => {
        const secrets = [held.masterKey, ...held.credentials.map(({ key }) => key.secret)];
        wipeKeyState(held);
        for (const secret of secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  it('is refused where it is cut off', () => {
    const key = generatePrivateKey(-7);
    const user = { id: randomBytes(8), name: undefined, displayName: undefined };
    const rest = { credProtect: 1 as const, signCount: 3, credBlob: undefined, largeBlob: false };
    const one = { id: randomBytes(32), rpId: 'localhost', user, key, ...rest };
    const written = encodeKeyState({ ...newKeyState(), credentials: [one] });
    for (let length = 0; length < written.length; length += 1) {
      expect(() => decodeKeyState(written.subarray(0, length))).toThrow();
    }
  });
});

describe('private keys', () => {
  it.each<Algorithm>([-7, -8])('for %i are fresh, 32 bytes, and always give the same public key', (alg) => {
    const keys = Array.from({ length: 20 }, () => generatePrivateKey(alg));
    expect(new Set(keys.map(({ secret }) => secret.toString('hex'))).size).toBe(20);
    for (const key of keys) {
      expect(key.secret).toHaveLength(32);
      expect(encodeCbor(cosePublicKey(key))).toEqual(encodeCbor(cosePublicKey({ ...key })));
    }
  });
});
