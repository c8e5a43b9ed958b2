import { describe, expect, it } from 'vitest';
import { fitName, makeCredentialParameters, userMap } from '../../../main/ctap/index.ts';

describe('a name for an authenticator', () => {
  it.each(['', 'ada', 'x'.repeat(64), 'ä'.repeat(32), '漢'.repeat(21)])(
    'stays as it is where it fits: %s',
    (name) => {
      expect(fitName(name)).toBe(name);
    },
  );

  it.each([
    ['letters of one byte', 'x'.repeat(65), 'x'.repeat(64)],
    ['a letter of two bytes at the end', `x${'ä'.repeat(32)}`, `x${'ä'.repeat(31)}`],
    ['letters of three bytes', '漢'.repeat(22), '漢'.repeat(21)],
    ['a letter and its accent', `${'x'.repeat(63)}e\u0301y`, 'x'.repeat(63)],
    ['a picture of several code points', `${'x'.repeat(60)}👩‍🚀`, 'x'.repeat(60)],
    ['one letter that is longer than all', `e${'\u0301'.repeat(40)}`, `e${'\u0301'.repeat(31)}`],
  ])('is cut before %s', (_what, name, expected) => {
    expect(fitName(name)).toBe(expected);
  });

  it('is cut wherever a request carries one', () => {
    const long = '漢'.repeat(30);
    const cut = '漢'.repeat(21);
    const id = new Uint8Array(64);
    const user = new Map<string, unknown>([
      ['id', id],
      ['name', cut],
      ['displayName', cut],
    ]);
    expect(userMap({ id, name: long, displayName: long })).toEqual(user);
    const parameters = makeCredentialParameters({
      clientDataHash: new Uint8Array(32),
      rp: { id: `${'long.'.repeat(30)}example`, name: long },
      user: { id, name: long, displayName: long },
      pubKeyCredParams: [],
    });
    expect(parameters.get(2)).toEqual(
      new Map([
        ['id', `${'long.'.repeat(30)}example`],
        ['name', cut],
      ]),
    );
    expect(parameters.get(3)).toEqual(user);
  });

  it('that is empty is sent as it is', () => {
    expect(userMap({ id: new Uint8Array(1), name: '' }).get('name')).toBe('');
  });
});
