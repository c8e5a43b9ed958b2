import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AuthenticatorConfig,
  AuthenticatorInfo,
  BioEnrollment,
  type CborMap,
  type CborValue,
  ClientPin,
  CredentialManagement,
  Ctap1,
  Ctap2,
  encodeCbor,
  HmacSecret,
  KeyAgreement,
  LargeBlobs,
  MAX_MESSAGE,
  openLargeBlob,
  PERMISSION,
  parseAssertionOutputs,
  parseAuthenticatorData,
  parseCreationOutputs,
  SharedSecret,
  select,
  toCoseKeyAgreement,
  U2fAsCtap2,
} from '../../../main/ctap/index.ts';
import { bytes, infoWith, mapOf, protocolOf, text, tokenOf, vectors } from './helpers.ts';
import { anyAnswer, anyCbor, casesOf, damaged, outcome } from './hostile.ts';

const MALFORMED = { code: 'authenticator.malformed_answer' };
const info = infoWith({ credMgmt: true, bioEnroll: true, largeBlobs: true, authnrCfg: true });
const clientDataHash = new Uint8Array(32);
const textMap = (fields: Record<string, CborValue>): CborMap => new Map(Object.entries(fields));
const agreement = toCoseKeyAgreement(new KeyAgreement().publicKey);
const descriptor = textMap({ id: text('credential'), type: 'public-key' });
const user = textMap({ id: text('user'), name: 'ada', displayName: 'Ada' });

/** A device that gives the same answer to everything, and goes silent after a while. */
function answeringAlways(answer: Uint8Array): Ctap2 {
  let asked = 0;
  return new Ctap2({
    cbor: async () => {
      asked += 1;
      return asked > 64 ? Uint8Array.of(0x30) : Buffer.concat([Uint8Array.of(0), answer]);
    },
  });
}

/** Every command with an answer that is right. */
const COMMANDS: Record<string, { answer: CborMap; run: (ctap: Ctap2) => Promise<unknown> }> = {
  getInfo: {
    answer: mapOf({
      1: ['FIDO_2_0', 'FIDO_2_1'],
      2: ['credProtect'],
      3: new Uint8Array(16),
      4: textMap({ rk: true, clientPin: false }),
      5: 1200,
      6: [2, 1],
      9: ['usb'],
      10: [textMap({ alg: -7, type: 'public-key' })],
      19: textMap({ FIPS: 1 }),
    }),
    run: (ctap) => ctap.getInfo(),
  },
  makeCredential: {
    answer: mapOf({
      1: 'packed',
      2: new Uint8Array(40),
      3: textMap({ alg: -7 }),
      4: false,
      5: new Uint8Array(32),
    }),
    run: (ctap) =>
      ctap.makeCredential({ clientDataHash, rp: { id: 'a' }, user: { id: text('u') }, pubKeyCredParams: [] }),
  },
  getAssertions: {
    answer: mapOf({ 1: descriptor, 2: new Uint8Array(37), 3: text('signature'), 4: user, 5: 3 }),
    run: (ctap) => ctap.getAssertions({ rpId: 'a', clientDataHash }),
  },
  getPINRetries: {
    answer: mapOf({ 3: 8, 4: false }),
    run: (ctap) => new ClientPin(ctap, protocolOf(2)).getPinRetries(),
  },
  getUVRetries: { answer: mapOf({ 5: 3 }), run: (ctap) => new ClientPin(ctap, protocolOf(2)).getUvRetries() },
  getKeyAgreement: {
    answer: mapOf({ 1: agreement }),
    run: (ctap) => new ClientPin(ctap, protocolOf(2)).sharedSecret(),
  },
  getPinUvAuthToken: {
    answer: mapOf({ 1: agreement, 2: new Uint8Array(48) }),
    run: (ctap) =>
      new ClientPin(ctap, protocolOf(2)).getPinUvAuthTokenUsingUvWithPermissions(PERMISSION.ga, 'a'),
  },
  getCredsMetadata: {
    answer: mapOf({ 1: 3, 2: 20 }),
    run: (ctap) => new CredentialManagement(ctap, info, tokenOf(2)).getCredsMetadata(),
  },
  enumerateRPs: {
    answer: mapOf({ 3: textMap({ id: 'example.org', name: 'E' }), 4: new Uint8Array(32), 5: 2 }),
    run: (ctap) => new CredentialManagement(ctap, info, tokenOf(2)).enumerateRps(),
  },
  enumerateCredentials: {
    answer: mapOf({ 6: user, 7: descriptor, 8: agreement, 9: 2, 10: 1, 11: new Uint8Array(32), 12: false }),
    run: (ctap) => new CredentialManagement(ctap, info, tokenOf(2)).enumerateCredentials(new Uint8Array(32)),
  },
  getFingerprintSensorInfo: {
    answer: mapOf({ 2: 1, 3: 5, 8: 64 }),
    run: (ctap) => new BioEnrollment(ctap, info, tokenOf(2)).getFingerprintSensorInfo(),
  },
  getModality: {
    answer: mapOf({ 1: 1 }),
    run: (ctap) => new BioEnrollment(ctap, info, null).hasFingerprintSensor(),
  },
  enroll: {
    answer: mapOf({ 4: bytes('01'), 5: 0, 6: 0 }),
    run: (ctap) => new BioEnrollment(ctap, info, tokenOf(2)).enroll({}),
  },
  enumerateEnrollments: {
    answer: mapOf({ 7: [mapOf({ 1: bytes('01'), 2: 'Thumb' })] }),
    run: (ctap) => new BioEnrollment(ctap, info, tokenOf(2)).enumerateEnrollments(),
  },
  readLargeBlobs: {
    answer: mapOf({ 1: bytes('8076be8b528d0075f7aae98d6fa57a6d3c') }),
    run: (ctap) => new LargeBlobs(ctap, info, null).readArray(),
  },
};
const commands = Object.entries(COMMANDS);

const LISTS = new Set(['enumerateRPs', 'enumerateCredentials']);

describe.each(commands)('the answer to %s', (name, { answer, run }) => {
  const right = encodeCbor(answer);
  const ask = (data: Uint8Array) => outcome(() => run(answeringAlways(data)));

  it('is taken when it is right', async () => {
    // The key that seals this token is made up, so what it opens is no token: all before that was right.
    expect(await ask(right)).toHaveProperty('value');
  });

  it('is malformed when it is cut off, or when anything follows it', async () => {
    // Nothing at all is an empty list, where a list is asked for.
    expect(await ask(right.subarray(0, 0))).toEqual(LISTS.has(name) ? { value: [] } : MALFORMED);
    for (let length = 1; length < right.length; length += 1) {
      expect(await ask(right.subarray(0, length))).toEqual(MALFORMED);
    }
    expect(await ask(Buffer.concat([right, Buffer.of(0)]))).toEqual(MALFORMED);
    expect(await ask(Buffer.concat([right, right]))).toEqual(MALFORMED);
  });

  it('is malformed with a key twice, without a length, or with a number that is longer than it must be', async () => {
    const body = Buffer.from(right).subarray(1);
    for (const [key, value] of answer) {
      const entry = Buffer.concat([encodeCbor(key), encodeCbor(value)]);
      expect(await ask(Buffer.concat([Buffer.of(0xa0 + answer.size + 1), body, entry]))).toEqual(MALFORMED);
    }
    expect(await ask(Buffer.concat([Buffer.of(0xbf), body, Buffer.of(0xff)]))).toEqual(MALFORMED);
    expect(await ask(Buffer.concat([Buffer.of(0xb8, answer.size), body]))).toEqual(MALFORMED);
  });

  it.each([[[]], [0], ['text'], [null], [true], [new Uint8Array(3)]])('is malformed as %j', async (value) => {
    expect(await ask(encodeCbor(value))).toEqual(MALFORMED);
  });
});

/** Numbers that are true of no device. */
const wild = fc.oneof(
  fc.constantFrom<number | bigint>(1, 2, 255, 2 ** 31, Number.MAX_SAFE_INTEGER, 2n ** 64n - 1n),
  fc.nat(),
);
const wildSmall = fc.oneof(fc.constantFrom(1, 2, 2 ** 31, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1 }));
const names = fc.array(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'minPinLength')), { maxLength: 5 });
const optionNames = fc.constantFrom(
  'credMgmt',
  'credentialMgmtPreview',
  'bioEnroll',
  'userVerificationMgmtPreview',
  'largeBlobs',
  'authnrCfg',
  'alwaysUv',
  'clientPin',
  'uv',
  'ep',
  '__proto__',
  'constructor',
  'hasOwnProperty',
);
const flags = fc.array(fc.tuple(optionNames, fc.boolean()), { maxLength: 12 });

/** An answer to getInfo of which every field is of the right kind, and no field need be true. */
const lyingInfo: fc.Arbitrary<CborMap> = fc
  .record(
    {
      1: fc.array(
        fc.constantFrom('FIDO_2_0', 'FIDO_2_1', 'FIDO_2_3', 'U2F_V2', 'FIDO_2_1_PRE', 'FIDO_2_', ''),
      ),
      2: names,
      3: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      4: flags.map((entries): CborMap => new Map(entries)),
      5: wildSmall,
      6: fc.array(fc.integer(), { maxLength: 4 }),
      7: wildSmall,
      8: wildSmall,
      9: names,
      11: wild,
      12: fc.boolean(),
      13: wildSmall,
      15: wild,
      16: wild,
      17: wild,
      19: fc.array(fc.tuple(fc.string(), wild)).map((entries): CborMap => new Map(entries)),
      20: wild,
      21: fc.array(wild),
      25: fc.uint8Array(),
      27: fc.boolean(),
      29: wildSmall,
      31: fc.array(wild),
      77: anyCbor,
    },
    { requiredKeys: ['1', '3', '4'] },
  )
  .map((fields) => new Map(Object.entries(fields).map(([key, value]) => [Number(key), value])));

describe('a hostile device', () => {
  const one = casesOf(1500);
  it(
    'ends every command with a value or a typed error, whatever it answers',
    async () => {
      const rights = commands.map(([, { answer }]) => encodeCbor(answer));
      const data = fc.oneof(
        { weight: 4, arbitrary: damaged(rights) },
        { weight: 3, arbitrary: anyAnswer.map(encodeCbor) },
        { weight: 1, arbitrary: anyCbor.map(encodeCbor) },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...commands), data, async ([, { run }], answer) => {
          await outcome(() => run(answeringAlways(answer)));
        }),
        one.parameters,
      );
    },
    one.timeout,
  );

  const lies = casesOf(500);
  it(
    'may lie in getInfo as it likes: requests stay as small as CTAPHID can carry, and nothing runs away',
    async () => {
      await fc.assert(
        fc.asyncProperty(lyingInfo, async (lie) => {
          // All of it is of the right kind: what is wrong is only what it says.
          const said = AuthenticatorInfo.parse(lie);
          let longest = 0;
          const ctap = new Ctap2({
            cbor: async (message) => {
              longest = Math.max(longest, message.length);
              return Uint8Array.of(0x01);
            },
          });
          const token = tokenOf(2);
          await outcome(() => select(ctap, said));
          await outcome(() => new LargeBlobs(ctap, said, token).writeArray([new Uint8Array(9000)]));
          await outcome(() => new CredentialManagement(ctap, said, token).getCredsMetadata());
          await outcome(() => new BioEnrollment(ctap, said, token).enumerateEnrollments());
          await outcome(() => new AuthenticatorConfig(ctap, said, token).toggleAlwaysUv());
          expect(longest).toBeLessThanOrEqual(MAX_MESSAGE);
        }),
        lies.parameters,
      );
    },
    lies.timeout,
  );

  const u2f = casesOf(1000);
  it(
    'ends every U2F command with a value or a typed error',
    async () => {
      const rights = [vectors.u2f.register.answer, vectors.u2f.authenticate.answer].map((answer) =>
        bytes(`${answer}9000`),
      );
      const ending = fc.constantFrom('9000', '6985', '6a80', '').map(bytes);
      const data = fc
        .tuple(fc.oneof(damaged(rights), fc.uint8Array({ maxLength: 200 })), ending)
        .map(([answer, end]) => Buffer.concat([answer, end]));
      await fc.assert(
        fc.asyncProperty(data, async (answer) => {
          const ctap1 = new Ctap1({ msg: async () => answer }, { interval: 0, touch: 0 });
          const likeCtap2 = new U2fAsCtap2(ctap1);
          const id = { id: text('handle'), type: 'public-key' as const };
          const es256 = [{ alg: -7, type: 'public-key' }];
          await outcome(() => ctap1.version());
          await outcome(() =>
            likeCtap2.makeCredential({
              clientDataHash,
              rp: { id: 'a' },
              user: { id: id.id },
              pubKeyCredParams: es256,
            }),
          );
          await outcome(() => likeCtap2.getAssertion({ rpId: 'a', clientDataHash, allowList: [id] }));
        }),
        u2f.parameters,
      );
    },
    u2f.timeout,
  );

  const parts = casesOf(1000);
  it(
    'cannot hurt with authenticator data, extension outputs, sealed secrets and large blobs',
    async () => {
      const authData = bytes(vectors.u2f.register.authData);
      const data = fc.oneof(damaged([authData]), fc.uint8Array({ maxLength: 200 }));
      const secret = () => new SharedSecret(protocolOf(2), new KeyAgreement().publicKey);
      const hmacSecret = new HmacSecret(secret(), { first: new Uint8Array(32) });
      await fc.assert(
        fc.asyncProperty(data, anyCbor, async (raw, value) => {
          await outcome(() => parseAuthenticatorData(raw));
          await outcome(() => hmacSecret.open(raw));
          await outcome(() => tokenOf(2).openIdentifier(raw));
          expect(openLargeBlob(new Uint8Array(32), value)).toBeNull();
          expect(
            openLargeBlob(new Uint8Array(32), mapOf({ 1: raw, 2: new Uint8Array(12), 3: 5 })),
          ).toBeNull();
          for (const name of OUTPUT_NAMES) {
            const outputs: CborMap = new Map([[name, value]]);
            await outcome(() => parseCreationOutputs(outputs));
            await outcome(() => parseAssertionOutputs(outputs));
          }
        }),
        parts.parameters,
      );
    },
    parts.timeout,
  );
});

const OUTPUT_NAMES = [
  'credProtect',
  'hmac-secret',
  'hmac-secret-mc',
  'credBlob',
  'minPinLength',
  'thirdPartyPayment',
  '__proto__',
];
