import { describe, expect, it } from 'vitest';
import { AUTH_DATA_FLAG, encodeCbor, parseAuthenticatorData } from '../../../main/ctap/index.ts';
import { bytes, hex, vectors } from './helpers.ts';

const head = (flags: number) => Buffer.concat([Buffer.alloc(32, 1), Buffer.of(flags, 0, 0, 1, 2)]);
const key = encodeCbor(new Map([[1, 2]]));
const credential = Buffer.concat([Buffer.alloc(16, 3), Buffer.of(0, 4), Buffer.from('abcd'), key]);
const extensions = encodeCbor(new Map([['credProtect', 2]]));
const { AT, ED, UP } = AUTH_DATA_FLAG;

describe('authenticator data', () => {
  it('has a head', () => {
    expect(parseAuthenticatorData(head(UP))).toEqual({
      rpIdHash: Buffer.alloc(32, 1),
      flags: UP,
      signCount: 258,
      attestedCredential: null,
      extensions: new Map(),
    });
  });

  it('may have a credential and extensions', () => {
    const data = parseAuthenticatorData(Buffer.concat([head(UP | AT | ED), credential, extensions]));
    expect(data.attestedCredential).toEqual({
      aaguid: Buffer.alloc(16, 3),
      credentialId: Buffer.from('abcd'),
      publicKey: new Map([[1, 2]]),
      publicKeyBytes: Buffer.from(key),
    });
    expect(data.extensions).toEqual(new Map([['credProtect', 2]]));
  });

  it('is read as python-fido2 writes it', () => {
    const { authData, keyHandle, publicKey } = vectors.u2f.register;
    const { attestedCredential } = parseAuthenticatorData(bytes(authData));
    expect(hex(attestedCredential?.credentialId ?? new Uint8Array())).toBe(keyHandle);
    expect(attestedCredential?.publicKey.get(-2)).toEqual(bytes(publicKey).subarray(1, 33));
  });

  it.each([
    ['a short head', head(0).subarray(0, 36)],
    ['a trailing byte', Buffer.concat([head(0), Buffer.of(0)])],
    ['extensions that no flag names', Buffer.concat([head(UP), extensions])],
    ['a flag without extensions', head(ED)],
    ['extensions that are no map', Buffer.concat([head(ED), Buffer.of(0x80)])],
    ['a flag without a credential', head(AT)],
    ['an id that is cut off', Buffer.concat([head(AT), credential.subarray(0, 20)])],
    ['an empty id', Buffer.concat([head(AT), Buffer.alloc(18), key])],
    ['no public key', Buffer.concat([head(AT), credential.subarray(0, 22)])],
    ['a public key that is no map', Buffer.concat([head(AT), credential.subarray(0, 22), Buffer.of(0)])],
  ])('is refused with %s', (_what, data) => {
    expect(() => parseAuthenticatorData(data)).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });
});
