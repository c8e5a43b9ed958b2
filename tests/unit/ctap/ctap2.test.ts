import { describe, expect, it } from 'vitest';
import {
  encodeCommand,
  getAssertionExtensions,
  getAssertionParameters,
  type MakeCredentialRequest,
  makeCredentialExtensions,
  makeCredentialParameters,
} from '../../../main/ctap/index.ts';
import { bytes, clientOf, hex, mapOf, text, vectors } from './helpers.ts';

const clientDataHash = bytes(vectors.clientDataHash);
const descriptor = { id: text('credential-one'), type: 'public-key' } as const;
const creation: MakeCredentialRequest = {
  clientDataHash,
  rp: { id: 'example.org', name: 'Example' },
  user: { id: Buffer.from('user-1'), name: 'ada', displayName: 'Ada L.' },
  pubKeyCredParams: [
    { type: 'public-key', alg: -7 },
    { type: 'public-key', alg: -8 },
  ],
  excludeList: [descriptor],
  options: { rk: true },
  pinUvAuth: { param: new Uint8Array(32).fill(0x70), protocol: 2 },
};
const attestation = mapOf({ 1: 'packed', 2: new Uint8Array(37), 3: new Map() });
const assertion = mapOf({
  1: new Map<string, string | Uint8Array>([
    ['id', descriptor.id],
    ['type', 'public-key'],
  ]),
  2: new Uint8Array(37),
  3: text('sig'),
});

describe('makeCredential', () => {
  it('sends the bytes that python-fido2 sends, with every extension', () => {
    const extensions = makeCredentialExtensions({
      credProtect: 2,
      hmacSecret: true,
      credBlob: Buffer.from('blob'),
      largeBlobKey: true,
      minPinLength: true,
      pinComplexityPolicy: true,
      thirdPartyPayment: true,
    });
    if (extensions === undefined) throw new Error('no extensions');
    const parameters = makeCredentialParameters({ ...creation, extensions });
    expect(hex(encodeCommand(1, parameters))).toBe(vectors.basic.makeCredential);
  });

  it('asks for enterprise attestation and for attestation formats by their numbers', () => {
    const parameters = makeCredentialParameters({
      ...creation,
      enterpriseAttestation: 2,
      attestationFormatsPreference: ['packed', 'none'],
    });
    expect(parameters.get(0x0a)).toBe(2);
    expect(parameters.get(0x0b)).toEqual(['packed', 'none']);
    expect(makeCredentialParameters(creation).has(0x0a)).toBe(false);
    expect(makeCredentialParameters(creation).has(0x0b)).toBe(false);
  });

  it('gives everything that is in the answer, and keeps what it does not know', async () => {
    const answer = mapOf({
      1: 'packed',
      2: new Uint8Array(37),
      3: new Map(),
      4: true,
      5: new Uint8Array(32).fill(5),
      6: new Map([['new', 1]]),
      7: 'later',
    });
    const { ctap } = clientOf(() => answer);
    expect(await ctap.makeCredential(creation)).toEqual({
      fmt: 'packed',
      authData: new Uint8Array(37),
      attStmt: new Map(),
      enterpriseAttestation: true,
      largeBlobKey: new Uint8Array(32).fill(5),
      unsignedExtensionOutputs: new Map([['new', 1]]),
      unknown: new Map([[7, 'later']]),
    });
  });

  it('takes an answer without a statement, as the format none has it', async () => {
    const { ctap } = clientOf(() => mapOf({ 1: 'none', 2: new Uint8Array(37) }));
    expect(await ctap.makeCredential(creation)).toMatchObject({ fmt: 'none', attStmt: new Map() });
  });

  it('refuses a largeBlobKey that does not have 32 bytes', async () => {
    const { ctap } = clientOf(() => new Map([...attestation, [5, new Uint8Array(31)]]));
    await expect(ctap.makeCredential(creation)).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
  });
});

describe('getAssertion', () => {
  const request = {
    rpId: 'example.org',
    clientDataHash,
    allowList: [descriptor],
    options: { up: false },
    pinUvAuth: { param: new Uint8Array(16).fill(0x70), protocol: 1 },
  };

  it('sends the bytes that python-fido2 sends, with every extension', () => {
    const extensions = getAssertionExtensions({
      credBlob: true,
      largeBlobKey: true,
      thirdPartyPayment: true,
    });
    if (extensions === undefined) throw new Error('no extensions');
    const parameters = getAssertionParameters({ ...request, extensions });
    expect(hex(encodeCommand(2, parameters))).toBe(vectors.basic.getAssertion);
  });

  it('gives everything that is in the answer, and keeps what it does not know', async () => {
    const more = mapOf({ 6: true, 7: new Uint8Array(32).fill(7), 8: new Map([['x', 1]]), 9: 'later' });
    const { ctap } = clientOf(() => new Map([...assertion, ...more]));
    expect(await ctap.getAssertion(request)).toEqual({
      credentialId: descriptor.id,
      authData: new Uint8Array(37),
      signature: text('sig'),
      user: undefined,
      numberOfCredentials: 1,
      userSelected: true,
      largeBlobKey: new Uint8Array(32).fill(7),
      unsignedExtensionOutputs: new Map([['x', 1]]),
      unknown: new Map([[9, 'later']]),
    });
  });

  it('asks for the next ones until all are there', async () => {
    const { ctap, device } = clientOf((command) =>
      command === 2 ? new Map([...assertion, [5, 3]]) : new Map([...assertion, [3, Buffer.from('next')]]),
    );
    const all = await ctap.getAssertions({ rpId: 'example.org', clientDataHash });
    expect(all.map(({ signature }) => Buffer.from(signature).toString())).toEqual(['sig', 'next', 'next']);
    expect(device.requests.slice(1)).toEqual([
      vectors.basic.getNextAssertion,
      vectors.basic.getNextAssertion,
    ]);
  });

  it('does not believe in more credentials than a device can hold', async () => {
    const { ctap, device } = clientOf(() => new Map([...assertion, [5, 4_000_000_000]]));
    await expect(ctap.getAssertions(request)).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
    expect(device.requests).toHaveLength(1);
  });
});

describe('commands without parameters', () => {
  it.each(['selection', 'reset'] as const)('%s is its byte', async (name) => {
    const { ctap, device } = clientOf(() => undefined);
    await ctap[name]();
    expect(device.requests).toEqual([vectors.basic[name]]);
  });
});
