import { createPublicKey } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { type RegistrationExpectation, verifyRegistration } from '../../../main/webauthn/index.ts';
import { fromBase64url, type RegistrationResponse, toBase64url } from '../../../shared/domain/index.ts';
import type { ErrorCode } from '../../../shared/errors/index.ts';
import { makeCertificate } from './certificate.ts';
import {
  AAGUID,
  type Algorithm,
  attestedData,
  authenticatorData,
  COSE,
  expectedRegistration as expected,
  FLAG,
  flip,
  makeKey,
  type RegistrationWish,
  register,
  sha256,
  shorten,
} from './forge.ts';
import { expectRefusal, refusal } from './refused.ts';

const key = makeKey('ES256');
const GOOD = FLAG.UP | FLAG.UV | FLAG.AT;

/** One way each to fail, in the order of the checks. */
const FAULTS: {
  name: string;
  code: ErrorCode;
  wish?: RegistrationWish;
  expected?: Partial<RegistrationExpectation>;
}[] = [
  {
    name: 'another id outside than inside',
    code: 'auth.response_malformed',
    wish: { id: new Uint8Array(32) },
  },
  { name: 'type', code: 'auth.type_mismatch', wish: { clientData: { type: 'webauthn.get' } } },
  {
    name: 'challenge',
    code: 'auth.challenge_mismatch',
    expected: { challenge: toBase64url(new Uint8Array(32)) },
  },
  {
    name: 'origin',
    code: 'auth.origin_mismatch',
    wish: { clientData: { origin: 'https://keys.example.net' } },
  },
  { name: 'frame', code: 'auth.origin_mismatch', wish: { clientData: { crossOrigin: true } } },
  { name: 'rpIdHash', code: 'auth.rp_id_mismatch', wish: { rpId: 'example' } },
  { name: 'UP', code: 'auth.user_presence_missing', wish: { flags: GOOD & ~FLAG.UP } },
  { name: 'UV', code: 'auth.user_verification_missing', wish: { flags: GOOD & ~FLAG.UV } },
  { name: 'algorithm', code: 'auth.algorithm_not_allowed', expected: { algorithms: [-8, -257] } },
  {
    name: 'attestation',
    code: 'auth.attestation_invalid',
    wish: { attStmt: ({ alg }) => ({ alg, sig: new Uint8Array(70) }) },
  },
];

/** Puts several faults into one response; flags take all that are missing. */
function faulty(faults: typeof FAULTS): Promise<unknown> {
  let wish: RegistrationWish = { flags: GOOD };
  let expectation = expected;
  for (const fault of faults) {
    const clientData = { ...wish.clientData, ...fault.wish?.clientData };
    const flags = (wish.flags ?? GOOD) & (fault.wish?.flags ?? GOOD);
    wish = { ...wish, ...fault.wish, clientData, flags };
    expectation = { ...expectation, ...fault.expected };
  }
  return verifyRegistration(register(key, wish), expectation);
}

describe('a registration that is right', () => {
  const cases: [Algorithm, 'none' | 'packed'][] = [
    ['ES256', 'none'],
    ['ES256', 'packed'],
    ['EdDSA', 'none'],
    ['EdDSA', 'packed'],
    ['RS256', 'none'],
    ['RS256', 'packed'],
  ];
  it.each(cases)('is read whole: %s, %s', async (algorithm, attestation) => {
    const made = makeKey(algorithm);
    const flags = GOOD | FLAG.BE | FLAG.BS;
    const verified = await verifyRegistration(register(made, { attestation, counter: 5, flags }), expected);
    expect({ ...verified, credentialId: Buffer.from(verified.credentialId) }).toEqual({
      credentialId: Buffer.from(made.credentialId),
      publicKey: Uint8Array.from(made.cose),
      algorithm: COSE[algorithm],
      aaguid: '01020304-0506-0708-090a-0b0c0d0e0f10',
      signCount: 5,
      backupEligible: true,
      backedUp: true,
      userVerified: true,
      attestationFormat: attestation,
      transports: ['usb'],
      fingerprint: sha256(made.publicKey.export({ type: 'spki', format: 'der' })).toString('hex'),
    });
  });

  it('gives a fingerprint that other tools compute as well', async () => {
    const { fingerprint } = await verifyRegistration(register(key), expected);
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    expect(fingerprint).toBe(sha256(der).toString('hex'));
  });

  it.each(['preferred', 'discouraged'] as const)('may lack UV where it is %s', async (userVerification) => {
    const response = register(key, { flags: GOOD & ~FLAG.UV });
    const verified = await verifyRegistration(response, { ...expected, userVerification });
    expect(verified.userVerified).toBe(false);
  });

  it('may come from a frame below the expected top origin, with or without its name', async () => {
    const below = { ...expected, topOrigin: 'https://top.example' };
    for (const clientData of [{ crossOrigin: true, topOrigin: below.topOrigin }, { crossOrigin: true }, {}]) {
      await expect(verifyRegistration(register(key, { clientData }), below)).resolves.toBeDefined();
    }
  });
});

describe('a registration with one fault', () => {
  it.each(FAULTS)('is refused with the code of its check: $name', async (fault) => {
    await expectRefusal(faulty([fault]), fault.code);
  });

  it('names the first check that fails when several do', async () => {
    const seen: string[] = [];
    for (let first = 0; first < FAULTS.length; first += 1) {
      // The two origin checks share a code; without the origin fault the frame is what is left.
      seen.push((await refusal(faulty(FAULTS.slice(first)))).code);
    }
    expect(seen).toEqual(FAULTS.map(({ code }) => code));
  });

  it('tells origin from frame in its details', async () => {
    const by = async (clientData: RegistrationWish['clientData'], topOrigin?: string) =>
      (
        await refusal(
          verifyRegistration(register(key, { ...(clientData === undefined ? {} : { clientData }) }), {
            ...expected,
            ...(topOrigin === undefined ? {} : { topOrigin }),
          }),
        )
      ).details?.field;
    expect(await by({ origin: 'https://evil.example', crossOrigin: true })).toBe('origin');
    expect(await by({ crossOrigin: true })).toBe('crossOrigin');
    expect(await by({ topOrigin: 'https://top.example' })).toBe('topOrigin');
    expect(await by({ topOrigin: 'https://top.example' }, 'https://top.example')).toBe('topOrigin');
    expect(await by({ crossOrigin: true, topOrigin: 'https://b.example' }, 'https://top.example')).toBe(
      'topOrigin',
    );
  });

  it('keeps the words of the library in the cause, away from the person', async () => {
    const error = await refusal(
      verifyRegistration(register(key, { attStmt: ({ alg }) => ({ alg }) }), expected),
    );
    expect(error.code).toBe('auth.attestation_invalid');
    expect(error.cause).toBeInstanceOf(Error);
    expect(JSON.stringify(error.toBody())).not.toContain('Packed');
  });
});

describe('attestation', () => {
  it('is refused where a statement is signed by another key', async () => {
    const other = makeKey('ES256');
    const response = register({ ...key, privateKey: other.privateKey });
    await expectRefusal(verifyRegistration(response, expected), 'auth.attestation_invalid');
  });

  it('is refused where self attestation names another algorithm than the credential', async () => {
    // RS256 hashes alike, and the library takes only the hash from it: the signature itself would verify.
    const response = register(key, { attStmt: ({ sig }) => ({ alg: -257, sig }) });
    await expectRefusal(verifyRegistration(response, expected), 'auth.attestation_invalid');
  });

  it('is refused where the signature is spelt in another way', async () => {
    const response = register(key, {
      attStmt: ({ alg, sig }) => ({ alg, sig: sig instanceof Uint8Array ? shorten(sig) : sig }),
    });
    await expectRefusal(verifyRegistration(response, expected), 'auth.attestation_invalid');
  });

  it('may be by a certificate, and is refused where that is spelt in another way', async () => {
    const authority = makeKey('ES256');
    const certificate = await makeCertificate(authority, AAGUID);
    const by = (x5c: Uint8Array[]) =>
      // The statement is signed by the authority's key, the credential's own stays out of it.
      register({ ...key, privateKey: authority.privateKey }, { attStmt: (made) => ({ ...made, x5c }) });
    const { attestationFormat } = await verifyRegistration(by([certificate]), expected);
    expect(attestationFormat).toBe('packed');
    const long = Uint8Array.from(certificate);
    long[3] = (long[3] ?? 0) - 1;
    await expectRefusal(verifyRegistration(by([long]), expected), 'auth.attestation_invalid');
    const foreign = await makeCertificate(authority, 'ff'.repeat(16));
    await expectRefusal(verifyRegistration(by([foreign]), expected), 'auth.attestation_invalid');
  });

  it('is refused where `none` says something, and where the format is unknown', async () => {
    const talking = register(key, { attestation: 'none', attStmt: () => ({ alg: -7 }) });
    await expectRefusal(verifyRegistration(talking, expected), 'auth.attestation_invalid');
    await expectRefusal(verify({ ...unsigned(), fmt: 'unheard-of' }), 'auth.attestation_invalid');
  });
});

type Parts = { fmt: string; attStmt: Record<string, unknown>; authData: Uint8Array };

/** The parts of an attestation object without a statement, to be put together wrongly. */
function unsigned(): Parts {
  const authData = authenticatorData({
    rpId: expected.rpId,
    flags: GOOD,
    counter: 0,
    rest: attestedData(key),
  });
  return { fmt: 'none', attStmt: {}, authData };
}

function verify(object: Parts | Uint8Array): Promise<unknown> {
  const response = register(key, { attestation: 'none' });
  const attestationObject = toBase64url(object instanceof Uint8Array ? object : encode(object));
  return verifyRegistration({ ...response, response: { ...response.response, attestationObject } }, expected);
}

describe('a registration that cannot be read', () => {
  const good = register(key, { attestation: 'none' });
  const inner = (change: Partial<RegistrationResponse['response']>): RegistrationResponse => ({
    ...good,
    response: { ...good.response, ...change },
  });
  const json = (value: unknown) => toBase64url(Buffer.from(JSON.stringify(value)));
  const { clientDataJSON } = good.response;
  const text = Buffer.from(clientDataJSON, 'base64url').toString('latin1');
  const notUtf8 = Buffer.from(text.replace('{', '{"\xff":0,'), 'latin1');
  const cases: [string, RegistrationResponse, string][] = [
    ['id and rawId differ', { ...good, rawId: 'AAAA' }, 'rawId'],
    ['id in another spelling', { ...good, id: `${good.id}=`, rawId: `${good.id}=` }, 'response'],
    ['no JSON', inner({ clientDataJSON: toBase64url(Buffer.from('{')) }), 'clientDataJSON'],
    ['no UTF-8', inner({ clientDataJSON: toBase64url(notUtf8) }), 'clientDataJSON'],
    ['no object', inner({ clientDataJSON: json(7) }), 'clientDataJSON'],
    [
      'no challenge',
      inner({ clientDataJSON: json({ type: 'webauthn.create', origin: 'x' }) }),
      'clientDataJSON',
    ],
    ['crossOrigin as text', register(key, { clientData: { crossOrigin: 'true' } }), 'clientDataJSON'],
    ['clientDataJSON empty', inner({ clientDataJSON: '' }), 'clientDataJSON'],
    ['attestation object empty', inner({ attestationObject: '' }), 'attestationObject'],
    ['attestation object no CBOR', inner({ attestationObject: clientDataJSON }), 'attestationObject'],
    [
      'no attested credential',
      register(key, { flags: GOOD & ~FLAG.AT, authData: (b) => b.subarray(0, 37) }),
      'attestedCredentialData',
    ],
    ['authenticator data cut', register(key, { authData: (b) => b.subarray(0, 36) }), 'authenticatorData'],
    [
      'something behind the key',
      register(key, { authData: (b) => Buffer.concat([b, Buffer.from([0])]) }),
      'authenticatorData',
    ],
    ['backed up without being eligible', register(key, { flags: GOOD | FLAG.BS }), 'authenticatorData'],
    [
      'a point that is not on the curve',
      register(key, { attestation: 'none', authData: (b) => flip(b, b.length - 1) }),
      'credentialPublicKey',
    ],
  ];
  it.each(cases)('is refused: %s', async (_name, response, field) => {
    await expectRefusal(verifyRegistration(response, expected), 'auth.response_malformed', { field });
  });

  it('is refused where the attestation object has something behind it', async () => {
    const bytes = encode(unsigned());
    await expect(verify(bytes)).resolves.toBeDefined();
    await expectRefusal(verify(Buffer.concat([bytes, Buffer.from([0])])), 'auth.response_malformed');
  });

  it('is refused where a byte string claims more bytes than there are', async () => {
    const { authData } = unsigned();
    const bytes = Buffer.from(encode(unsigned()));
    const outer = bytes.indexOf(Buffer.from('68617574684461746158', 'hex')) + 10;
    expect(bytes[outer]).toBe(authData.length);
    const cut = Uint8Array.from(bytes);
    cut[outer] = authData.length + 1;
    await expectRefusal(verify(cut), 'auth.response_malformed', { field: 'attestationObject' });

    const inside = Uint8Array.from(authData);
    expect(inside[inside.length - 33]).toBe(32);
    inside[inside.length - 33] = 33;
    await expectRefusal(verify({ ...unsigned(), authData: inside }), 'auth.response_malformed', {
      field: 'authenticatorData',
    });
  });

  it('is refused where the key does not fit its algorithm', async () => {
    const { authData } = unsigned();
    const asEdDSA = Buffer.from(authData);
    // The COSE_Key starts a5 01 02 03 26: its fifth byte is the algorithm.
    const at = authData.length - key.cose.length + 4;
    expect(asEdDSA[at]).toBe(0x26);
    asEdDSA[at] = 0x27;
    await expectRefusal(verify({ ...unsigned(), authData: asEdDSA }), 'auth.algorithm_not_allowed', {
      algorithm: -8,
    });
  });

  it('survives any bytes in place of the attestation object', async () => {
    const bytes = fromBase64url(good.response.attestationObject);
    for (let length = 0; length < bytes.length; length += 1) {
      await expectRefusal(verify(bytes.subarray(0, length)), 'auth.response_malformed');
    }
  });
});
