import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AssertionExpectation,
  verifyAssertion,
  verifyRegistration,
} from '../../../main/webauthn/index.ts';
import { toBase64url } from '../../../shared/domain/index.ts';
import type { ErrorCode } from '../../../shared/errors/index.ts';
import {
  type Algorithm,
  type AssertionWish,
  assert,
  expectedAssertion,
  expectedRegistration,
  FLAG,
  flip,
  makeKey,
  register,
  shorten,
  USER_HANDLE,
} from './forge.ts';
import { expectRefusal, refusal } from './refused.ts';

const key = makeKey('ES256');
const expected = expectedAssertion(key);
const GOOD = FLAG.UP | FLAG.UV;

type Fault = {
  name: string;
  code: ErrorCode;
  wish?: AssertionWish;
  /** Flags to set and to clear. */
  set?: number;
  clear?: number;
  expected?: Partial<AssertionExpectation>;
  credential?: Partial<AssertionExpectation['credential']>;
};

/** One way each to fail, in the order of the checks. */
const FAULTS: Fault[] = [
  { name: 'another credential', code: 'auth.response_malformed', wish: { id: new Uint8Array(32) } },
  { name: 'type', code: 'auth.type_mismatch', wish: { clientData: { type: 'webauthn.create' } } },
  {
    name: 'challenge',
    code: 'auth.challenge_mismatch',
    expected: { challenge: toBase64url(new Uint8Array(32)) },
  },
  { name: 'origin', code: 'auth.origin_mismatch', wish: { clientData: { origin: 'http://keys.example' } } },
  { name: 'frame', code: 'auth.origin_mismatch', wish: { clientData: { crossOrigin: true } } },
  { name: 'rpIdHash', code: 'auth.rp_id_mismatch', wish: { rpId: 'example' } },
  { name: 'UP', code: 'auth.user_presence_missing', clear: FLAG.UP },
  { name: 'UV', code: 'auth.user_verification_missing', clear: FLAG.UV },
  {
    name: 'algorithm',
    code: 'auth.algorithm_not_allowed',
    credential: {
      publicKey: encode(
        new Map([
          [1, 2],
          [3, -47],
          [-1, 8],
        ]),
      ),
    },
  },
  { name: 'user handle', code: 'auth.user_handle_mismatch', wish: { userHandle: new Uint8Array(16) } },
  { name: 'BE', code: 'auth.backup_eligibility_changed', set: FLAG.BE },
  { name: 'signature', code: 'auth.signature_invalid', wish: { signature: (bytes) => flip(bytes, 20) } },
  { name: 'counter', code: 'auth.counter_regressed', wish: { counter: 4 }, credential: { signCount: 4 } },
];

function faulty(faults: Fault[]): Promise<unknown> {
  let wish: AssertionWish = { flags: GOOD };
  let expectation = expected;
  for (const fault of faults) {
    const flags = ((wish.flags ?? GOOD) | (fault.set ?? 0)) & ~(fault.clear ?? 0);
    wish = { ...wish, ...fault.wish, clientData: { ...wish.clientData, ...fault.wish?.clientData }, flags };
    expectation = {
      ...expectation,
      ...fault.expected,
      credential: { ...expectation.credential, ...fault.credential },
    };
  }
  return verifyAssertion(assert(key, wish), expectation);
}

describe('an assertion that is right', () => {
  const algorithms: Algorithm[] = ['ES256', 'EdDSA', 'RS256'];
  it.each(algorithms)('verifies with the credential as it was registered: %s', async (algorithm) => {
    const made = makeKey(algorithm);
    const registered = await verifyRegistration(register(made, { counter: 3 }), expectedRegistration);
    const verified = await verifyAssertion(assert(made, { counter: 4 }), {
      ...expectedAssertion(made),
      credential: { ...registered, userHandle: USER_HANDLE },
    });
    expect(verified).toEqual({ signCount: 4, backedUp: false, userVerified: true });
  });

  it('may come without a user handle', async () => {
    await expect(verifyAssertion(assert(key, { userHandle: null }), expected)).resolves.toBeDefined();
  });

  it.each(['preferred', 'discouraged'] as const)('may lack UV where it is %s', async (userVerification) => {
    const verified = await verifyAssertion(assert(key, { flags: FLAG.UP }), {
      ...expected,
      userVerification,
    });
    expect(verified.userVerified).toBe(false);
  });

  it('may change BS, never BE', async () => {
    const synced = { ...expected, credential: { ...expected.credential, backupEligible: true } };
    const now = (flags: number) => verifyAssertion(assert(key, { flags: GOOD | flags }), synced);
    expect((await now(FLAG.BE)).backedUp).toBe(false);
    expect((await now(FLAG.BE | FLAG.BS)).backedUp).toBe(true);
    await expectRefusal(now(0), 'auth.backup_eligibility_changed');
  });

  it('may come from a frame below the expected top origin', async () => {
    const topOrigin = 'https://top.example';
    const below = (clientData: NonNullable<AssertionWish['clientData']>) =>
      verifyAssertion(assert(key, { clientData }), { ...expected, topOrigin });
    await expect(below({ crossOrigin: true, topOrigin })).resolves.toBeDefined();
    await expect(below({ crossOrigin: true })).resolves.toBeDefined();
    await expectRefusal(below({ crossOrigin: true, topOrigin: 'https://b.example' }), 'auth.origin_mismatch');
    await expectRefusal(below({ topOrigin }), 'auth.origin_mismatch');
  });
});

describe('an assertion with one fault', () => {
  it.each(FAULTS)('is refused with the code of its check: $name', async (fault) => {
    await expectRefusal(faulty([fault]), fault.code);
  });

  it('names the first check that fails when several do', async () => {
    const seen: string[] = [];
    for (let first = 0; first < FAULTS.length; first += 1) {
      seen.push((await refusal(faulty(FAULTS.slice(first)))).code);
    }
    expect(seen).toEqual(FAULTS.map(({ code }) => code));
  });

  it('is refused where an empty user handle stands for the person', async () => {
    const response = assert(key, { userHandle: new Uint8Array() });
    await expectRefusal(verifyAssertion(response, expected), 'auth.user_handle_mismatch');
  });

  it('is refused where the signature is spelt in another way', async () => {
    await expectRefusal(
      verifyAssertion(assert(key, { signature: shorten }), expected),
      'auth.signature_invalid',
    );
  });

  it('is refused where another key signed', async () => {
    const other = { ...makeKey('ES256'), credentialId: key.credentialId };
    await expectRefusal(verifyAssertion(assert(other), expected), 'auth.signature_invalid');
  });

  it('keeps the words of the library in the cause, away from the person', async () => {
    const error = await refusal(
      verifyAssertion(assert(key, { signature: () => new Uint8Array([1, 2, 3]) }), expected),
    );
    expect(error.code).toBe('auth.signature_invalid');
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.toBody()).not.toHaveProperty('cause');
  });
});

describe('an assertion that cannot be read', () => {
  const good = assert(key);
  it.each([
    [
      'no clientDataJSON',
      { ...good, response: { ...good.response, clientDataJSON: 'bm8' } },
      'clientDataJSON',
    ],
    [
      'authenticator data cut',
      { ...good, response: { ...good.response, authenticatorData: 'AAAA' } },
      'authenticatorData',
    ],
    ['something behind it', assert(key, { rest: new Uint8Array(1) }), 'authenticatorData'],
    ['backed up without being eligible', assert(key, { flags: GOOD | FLAG.BS }), 'authenticatorData'],
    ['extensions announced, not there', assert(key, { flags: GOOD | FLAG.ED }), 'authenticatorData'],
    [
      'a signature that is no base64url',
      { ...good, response: { ...good.response, signature: '+' } },
      'response',
    ],
    ['id and rawId differ', { ...good, rawId: 'AAAA' }, 'rawId'],
  ])('is refused: %s', async (_name, response, field) => {
    await expectRefusal(verifyAssertion(response, expected), 'auth.response_malformed', { field });
  });
});

describe('the signature counter', () => {
  const counted = (stored: number, received: number) =>
    verifyAssertion(assert(key, { counter: received }), {
      ...expected,
      credential: { ...expected.credential, signCount: stored },
    });

  it.each([
    [0, 0],
    [0, 1],
    [1, 2],
    [7, 0xffffffff],
  ])('may go from %i to %i', async (stored, received) => {
    expect((await counted(stored, received)).signCount).toBe(received);
  });

  it.each([
    [1, 0],
    [5, 4],
    [5, 5],
    [0xffffffff, 0],
  ])('may not go from %i to %i', async (stored, received) => {
    await expectRefusal(counted(stored, received), 'auth.counter_regressed', { stored, received });
  });

  it('grows, or is 0 for good', async () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    const pair = fc.oneof(fc.tuple(uint32, uint32), fc.tuple(fc.nat(3), fc.nat(3)));
    await fc.assert(
      fc.asyncProperty(pair, async ([stored, received]) => {
        const accepted = await counted(stored, received).then(
          () => true,
          () => false,
        );
        expect(accepted).toBe(received > stored || (received === 0 && stored === 0));
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
