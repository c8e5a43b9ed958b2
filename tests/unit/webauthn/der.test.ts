import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { requireCertificate, requireEcdsaSignature } from '../../../main/webauthn/der.ts';
import { makeKey, signWith } from './forge.ts';

describe('strict DER', () => {
  it('accepts the certificates that the world uses', () => {
    expect(rootCertificates.length).toBeGreaterThan(50);
    for (const pem of rootCertificates) requireCertificate(new X509Certificate(pem).raw);
  });

  it('accepts what OpenSSL signs', () => {
    const key = makeKey('ES256');
    for (let i = 0; i < 300; i += 1) requireEcdsaSignature(signWith(key, Buffer.from([i & 255, i >> 8])));
  });

  it.each([
    ['nothing', ''],
    ['a bare integer', '020101'],
    ['one integer', '3003020101'],
    ['three integers', '3009020101020101020101'],
    ['a sequence that is too long for the bytes', '3007020101020101'],
    ['a sequence that is one short', '3005020101020101'],
    ['something behind it', '300602010102010100'],
    ['a negative integer', '3006020181020101'],
    ['an integer without bytes', '30050200020101'],
    ['an integer with a needless zero', '300702020001020101'],
    ['a long length that could be short', '308106020101020101'],
    ['an indefinite length', '30800201010201010000'],
    ['a length that is cut', '3082'],
  ])('refuses as a signature: %s', (_name, hex) => {
    expect(() => requireEcdsaSignature(Buffer.from(hex, 'hex'))).toThrow();
  });

  it('refuses a certificate whose signature has unused bits, or that is cut', () => {
    const [pem = ''] = rootCertificates;
    const { raw } = new X509Certificate(pem);
    expect(() => requireCertificate(raw.subarray(0, -1))).toThrow();
    expect(() => requireCertificate(Buffer.concat([raw, Buffer.from([0])]))).toThrow();
    expect(() => requireCertificate(Buffer.from('30073000300003020101', 'hex'))).toThrow();
    expect(() => requireCertificate(Buffer.from('30083000300003020101', 'hex'))).toThrow('unused bits');
  });
});
