import { describe, expect, it } from 'vitest';
import {
  AuthenticatorInfo,
  type CborMap,
  type CborValue,
  Ctap2,
  encodeCbor,
} from '../../../main/ctap/index.ts';

/** The answer of an authenticator to getInfo. */
function getInfo(entries: [number | string, CborValue][]) {
  const map: CborMap = new Map(entries);
  const answer = Buffer.concat([Buffer.of(0), encodeCbor(map)]);
  return new Ctap2({ cbor: async () => answer }).getInfo();
}

const aaguid = new Uint8Array(16).fill(7);

describe('getInfo', () => {
  it('needs only versions and aaguid, and fills in what the specification says is the default', async () => {
    const info = await getInfo([
      [1, ['FIDO_2_0']],
      [3, aaguid],
    ]);
    expect(info).toMatchObject({
      versions: ['FIDO_2_0'],
      aaguid,
      options: {},
      maxMsgSize: 1024,
      minPINLength: 4,
      forcePINChange: false,
      pinUvAuthProtocols: [],
    });
    expect(info.maxCredentialCountInList).toBeUndefined();
    expect(info.unknown.size).toBe(0);
  });

  it('keeps fields that it does not know, and integers of 64 bits', async () => {
    const vendor = 0xfedcba9876543210n;
    const info = await getInfo([
      [1, ['FIDO_2_3']],
      [3, aaguid],
      [0x15, [vendor]],
      [0x40, 'new'],
      ['x', 1],
    ]);
    expect(info.vendorPrototypeConfigCommands).toEqual([vendor]);
    expect(info.unknown).toEqual(
      new Map<unknown, unknown>([
        [0x40, 'new'],
        ['x', 1],
      ]),
    );
  });

  it.each<[string, [number | string, CborValue][]]>([
    ['no aaguid', [[1, ['FIDO_2_0']]]],
    [
      'an aaguid of 15 bytes',
      [
        [1, ['FIDO_2_0']],
        [3, new Uint8Array(15)],
      ],
    ],
    [
      'options that are no booleans',
      [
        [1, ['FIDO_2_0']],
        [3, aaguid],
        [4, new Map([['rk', 1]])],
      ],
    ],
  ])('refuses an answer with %s', async (_what, entries) => {
    await expect(getInfo(entries)).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
  });

  it('refuses an empty answer', async () => {
    const ctap = new Ctap2({ cbor: async () => new Uint8Array() });
    await expect(ctap.getInfo()).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
    expect(() => AuthenticatorInfo.parse(null)).toThrow();
  });
});
