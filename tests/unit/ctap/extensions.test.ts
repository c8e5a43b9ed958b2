import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  AuthenticatorInfo,
  type CborMap,
  getAssertionExtensions,
  makeCredentialExtensions,
  parseAssertionOutputs,
  parseCreationOutputs,
  prfInputsFit,
  prfSalts,
  prfValuesFor,
  supportsExtension,
} from '../../../main/ctap/index.ts';
import { mapOf } from './helpers.ts';

const info = (extensions: string[], options: Record<string, boolean> = {}) =>
  AuthenticatorInfo.parse(
    mapOf({ 1: ['FIDO_2_1'], 2: extensions, 3: new Uint8Array(16), 4: new Map(Object.entries(options)) }),
  );

describe('inputs of extensions', () => {
  it('are left out where nothing is asked', () => {
    expect(makeCredentialExtensions({})).toBeUndefined();
    expect(makeCredentialExtensions({ largeBlobKey: false, minPinLength: undefined })).toBeUndefined();
    expect(getAssertionExtensions({ credBlob: false })).toBeUndefined();
  });

  it('ask for hmac-secret-mc only together with hmac-secret', () => {
    const hmacSecretMc: CborMap = new Map([[1, 2]]);
    expect(() => makeCredentialExtensions({ hmacSecretMc })).toThrow(
      expect.objectContaining({ code: 'authenticator.unsupported_option' }),
    );
    expect(makeCredentialExtensions({ hmacSecret: true, hmacSecretMc })).toEqual(
      new Map<string, unknown>([
        ['hmac-secret', true],
        ['hmac-secret-mc', hmacSecretMc],
      ]),
    );
  });

  it('are supported where getInfo names them, minPinLength by its option too', () => {
    expect(supportsExtension(info(['credProtect']), 'credProtect')).toBe(true);
    expect(supportsExtension(info(['credProtect']), 'hmac-secret')).toBe(false);
    expect(supportsExtension(info([], { setMinPINLength: false }), 'minPinLength')).toBe(true);
    expect(supportsExtension(info([]), 'minPinLength')).toBe(false);
  });
});

describe('outputs of extensions', () => {
  it('are typed at creation, and the unknown ones are kept', () => {
    const outputs: CborMap = new Map<string, number | boolean | Uint8Array>([
      ['credProtect', 3],
      ['hmac-secret', true],
      ['hmac-secret-mc', new Uint8Array(48)],
      ['credBlob', false],
      ['minPinLength', 6],
      ['pinComplexityPolicy', true],
      ['thirdPartyPayment', true],
      ['future', 1],
    ]);
    expect(parseCreationOutputs(outputs)).toEqual({
      credProtect: 3,
      hmacSecret: true,
      hmacSecretMc: new Uint8Array(48),
      credBlob: false,
      minPinLength: 6,
      pinComplexityPolicy: true,
      thirdPartyPayment: true,
      unknown: new Map([['future', 1]]),
    });
  });

  it('are typed at assertion', () => {
    const outputs: CborMap = new Map<string, boolean | Uint8Array>([
      ['hmac-secret', new Uint8Array(32)],
      ['credBlob', Buffer.from('blob')],
      ['thirdPartyPayment', false],
    ]);
    expect(parseAssertionOutputs(outputs)).toEqual({
      hmacSecret: new Uint8Array(32),
      credBlob: Buffer.from('blob'),
      thirdPartyPayment: false,
      unknown: new Map(),
    });
  });

  it.each<[string, number | boolean | string]>([
    ['credProtect', 4],
    ['hmac-secret', 1],
    ['credBlob', 'yes'],
    ['minPinLength', -1],
  ])('are refused where %s is %s', (name, value) => {
    expect(() => parseCreationOutputs(new Map([[name, value]]))).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });
});

describe('prf', () => {
  const first = Buffer.from('one');

  it('hashes its inputs behind a fixed context', () => {
    const expected = (text: string) => createHash('sha256').update(`WebAuthn PRF\0${text}`, 'ascii').digest();
    expect(prfSalts({ first })).toEqual({ first: expected('one'), second: undefined });
    expect(prfSalts({ first, second: Buffer.alloc(0) }).second).toEqual(expected(''));
    // printf 'WebAuthn PRF\0one' | sha256sum
    expect(Buffer.from(prfSalts({ first }).first).toString('hex')).toBe(PRF_OF_ONE);
  });

  it('prefers the inputs of the credential, and never those of a prototype', () => {
    const own = { first: Buffer.from('own') };
    const inputs = { eval: { first }, evalByCredential: { abc: own } };
    expect(prfValuesFor(inputs, 'abc')).toBe(own);
    expect(prfValuesFor(inputs, 'other')).toBe(inputs.eval);
    expect(prfValuesFor(inputs, 'constructor')).toBe(inputs.eval);
    expect(prfValuesFor(inputs, undefined)).toBe(inputs.eval);
    expect(prfValuesFor({}, 'abc')).toBeUndefined();
    expect(prfInputsFit(inputs, ['abc', 'def'])).toBe(true);
    expect(prfInputsFit(inputs, ['def'])).toBe(false);
  });
});

const PRF_OF_ONE = '538a561310d5420ba60c25544907d1dea8a60c072d5a0ac9702275bb33a5bbde';
