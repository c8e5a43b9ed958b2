import { createECDH } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codePoints,
  KeyAgreement,
  KeyAgreementKey,
  PIN_UV_AUTH_PROTOCOLS,
  pinHash,
  toCoseKeyAgreement,
} from '../../../main/ctap/index.ts';

describe.each(PIN_UV_AUTH_PROTOCOLS)('PIN/UV auth protocol $version', (protocol) => {
  const secrets = () => {
    const platform = new KeyAgreement();
    const authenticator = new KeyAgreement();
    const sent = KeyAgreementKey.parse(toCoseKeyAgreement(platform.publicKey));
    return [
      protocol.kdf(platform.agree(authenticator.publicKey)),
      protocol.kdf(authenticator.agree(sent)),
    ] as const;
  };

  it('gives both sides the same secret, of the right length', () => {
    const [ours, theirs] = secrets();
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(protocol.version === 1 ? 32 : 64);
    expect(secrets()[0]).not.toEqual(ours);
  });

  it('decrypts what it encrypted, and refuses what is not whole blocks', () => {
    const [secret] = secrets();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat({ max: 4 }), (block, times) => {
        const plaintext = Buffer.concat(Array.from({ length: times + 1 }, () => block));
        expect(protocol.decrypt(secret, protocol.encrypt(secret, plaintext))).toEqual(plaintext);
      }),
    );
    for (const length of [0, 1, 15, 17, 31]) {
      expect(() => protocol.decrypt(secret, new Uint8Array(length))).toThrow();
    }
  });

  it('verifies its own MAC and no other', () => {
    const [secret] = secrets();
    const message = Buffer.from('message');
    const mac = protocol.authenticate(secret, message);
    expect(mac).toHaveLength(protocol.version === 1 ? 16 : 32);
    expect(protocol.verify(secret, message, mac)).toBe(true);
    expect(protocol.verify(secret, Buffer.from('Message'), mac)).toBe(false);
    expect(protocol.verify(secret, message, mac.subarray(0, 8))).toBe(false);
    expect(protocol.verify(secret, message, new Uint8Array())).toBe(false);
    const flipped = Uint8Array.from(mac);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    expect(protocol.verify(secret, message, flipped)).toBe(false);
  });

  it('refuses a point that is not on the curve', () => {
    const { x, y } = new KeyAgreement().publicKey;
    const off = Buffer.from(y);
    off[31] = (off[31] ?? 0) ^ 1;
    expect(() => new KeyAgreement().agree({ x, y: off })).toThrow();
    expect(() => new KeyAgreement().agree({ x: new Uint8Array(32), y: new Uint8Array(32) })).toThrow();
  });
});

describe('key agreement', () => {
  it('is ECDH on P-256: an independent implementation finds the same x-coordinate', () => {
    const ours = new KeyAgreement();
    const ecdh = createECDH('prime256v1');
    const point = ecdh.generateKeys();
    const { x, y } = ours.publicKey;
    expect(ours.agree({ x: point.subarray(1, 33), y: point.subarray(33) })).toEqual(
      ecdh.computeSecret(Buffer.concat([Buffer.of(4), x, y])),
    );
  });
});

describe('PINs', () => {
  it('are counted in code points, not in bytes or UTF-16 units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const wellFormed = text.toWellFormed();
        expect(codePoints(Buffer.from(wellFormed))).toBe([...wellFormed].length);
      }),
    );
    expect(codePoints(Buffer.from('🔑🔑🔑🔑'))).toBe(4);
  });

  it('become the left half of their SHA-256', () => {
    // echo -n 1234 | sha256sum
    expect(pinHash(Buffer.from('1234')).toString('hex')).toBe('03ac674216f3e15c761ee1a5e255f067');
  });
});
