import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ApduError,
  assertionOfU2f,
  attestationOfU2f,
  type CallOptions,
  Ctap1,
  decodeApduAnswer,
  encodeApdu,
  encodeCbor,
  parseU2fRegistration,
  parseU2fSignature,
  STATUS_WORD,
  U2F_CONTROL,
  U2F_INS,
  U2fAsCtap2,
} from '../../../main/ctap/index.ts';
import { bytes, hex, vectors } from './helpers.ts';

const { register, authenticate } = vectors.u2f;
const registration = { clientDataHash: bytes(register.clientDataHash), rpIdHash: bytes(register.appIdHash) };
const signing = {
  clientDataHash: bytes(authenticate.clientDataHash),
  rpIdHash: bytes(authenticate.appIdHash),
  keyHandle: bytes(authenticate.keyHandle),
};
const answer = (data: string, statusWord = 0x9000) =>
  Buffer.concat([bytes(data), Buffer.of(statusWord >> 8, statusWord & 0xff)]);

/** A U2F device: answers one after the other, the last one again and again. */
function u2f(...answers: Uint8Array[]) {
  const requests: string[] = [];
  const transport = {
    async msg(apdu: Uint8Array, options: CallOptions = {}) {
      requests.push(hex(apdu));
      if (options.signal?.aborted) throw new Error('must not be asked any more');
      return answers[Math.min(requests.length, answers.length) - 1] ?? Buffer.alloc(0);
    },
  };
  return { ctap1: new Ctap1(transport, { interval: 1, touch: 60 }), requests };
}

describe('an APDU', () => {
  it('is encoded with lengths of two bytes', () => {
    expect(hex(encodeApdu({ cla: 1, ins: 2, p1: 3, p2: 4, data: Buffer.from('foobar') }))).toBe(
      `01020304000006${Buffer.from('foobar').toString('hex')}0000`,
    );
    expect(() => encodeApdu({ ins: 1, data: new Uint8Array(65_536) })).toThrow(RangeError);
  });

  it('is answered with data and a status word', () => {
    expect(hex(decodeApduAnswer(answer('abcd')))).toBe('abcd');
    for (const short of [new Uint8Array(), Uint8Array.of(0x90)]) {
      expect(() => decodeApduAnswer(short)).toThrow(
        expect.objectContaining({ code: 'authenticator.malformed_answer' }),
      );
    }
  });

  it.each([
    [STATUS_WORD.CONDITIONS_NOT_SATISFIED, 'authenticator.touch_required'],
    [STATUS_WORD.WRONG_DATA, 'authenticator.no_credentials'],
    [STATUS_WORD.WRONG_LENGTH, 'authenticator.invalid_length'],
    [STATUS_WORD.CLA_NOT_SUPPORTED, 'authenticator.invalid_command'],
    [STATUS_WORD.INS_NOT_SUPPORTED, 'authenticator.invalid_command'],
    [STATUS_WORD.OTHER, 'authenticator.failed'],
    [0x1234, 'authenticator.unknown_status'],
  ])('fails with %i as %s', (statusWord, code) => {
    expect(() => decodeApduAnswer(answer('', statusWord))).toThrow(
      expect.objectContaining({ code, statusWord, details: { statusWord } }),
    );
    expect(new ApduError(statusWord).hint).toMatch(/\.$/);
  });
});

describe('U2F', () => {
  it('tells its version', async () => {
    const { ctap1, requests } = u2f(answer(Buffer.from('U2F_V2').toString('hex')));
    expect(await ctap1.version()).toBe('U2F_V2');
    expect(requests).toEqual([vectors.u2f.version]);
  });

  it('registers: the example of the specification', async () => {
    const { ctap1, requests } = u2f(answer(register.answer));
    const made = await ctap1.register(registration);
    expect(requests).toEqual([register.request]);
    expect(Object.fromEntries(Object.entries(made).map(([name, value]) => [name, hex(value)]))).toEqual({
      publicKey: register.publicKey,
      keyHandle: register.keyHandle,
      certificate: register.certificate,
      signature: register.signature,
    });
  });

  it('signs: the example of the specification', async () => {
    const { ctap1, requests } = u2f(answer(authenticate.answer));
    const made = await ctap1.authenticate(signing, 'enforce');
    expect(requests).toEqual([authenticate.request]);
    expect(made).toMatchObject({ userPresence: 1, counter: 1 });
    expect(hex(made.signature)).toBe(authenticate.signature);
  });

  it('asks again until the touch comes, and tells that it waits', async () => {
    const waiting = answer('', STATUS_WORD.CONDITIONS_NOT_SATISFIED);
    const { ctap1, requests } = u2f(waiting, waiting, answer(authenticate.answer));
    const seen: number[] = [];
    await ctap1.authenticate(signing, 'enforce', { onKeepalive: (status) => seen.push(status) });
    expect(requests).toEqual(Array(3).fill(authenticate.request));
    expect(seen).toEqual([2, 2]);
  });

  it('does not wait for a touch for ever, and stops when it is told to', async () => {
    const { ctap1 } = u2f(answer('', STATUS_WORD.CONDITIONS_NOT_SATISFIED));
    await expect(ctap1.register(registration)).rejects.toMatchObject({ code: 'authenticator.timed_out' });
    const abort = new AbortController();
    const call = { signal: abort.signal, onKeepalive: () => abort.abort() };
    await expect(ctap1.register(registration, call)).rejects.toMatchObject({
      code: 'authenticator.cancelled',
    });
  });

  it('signs without a touch where it is told to, and does not wait then', async () => {
    const { ctap1, requests } = u2f(answer('', STATUS_WORD.CONDITIONS_NOT_SATISFIED));
    await expect(ctap1.authenticate(signing, 'dontEnforce')).rejects.toMatchObject({
      code: 'authenticator.touch_required',
    });
    expect(requests.map((apdu) => Number.parseInt(apdu.slice(4, 6), 16))).toEqual([U2F_CONTROL.dontEnforce]);
  });

  it.each([
    [STATUS_WORD.CONDITIONS_NOT_SATISFIED, true],
    [STATUS_WORD.NO_ERROR, true],
    [STATUS_WORD.WRONG_DATA, false],
    [STATUS_WORD.WRONG_LENGTH, false],
  ])('with check-only and %i: the key handle is known: %s', async (statusWord, known) => {
    const { ctap1, requests } = u2f(answer('', statusWord));
    expect(await ctap1.knows(signing)).toBe(known);
    expect(requests).toEqual([authenticate.checkOnly]);
  });

  it('passes other failures of check-only on', async () => {
    const { ctap1 } = u2f(answer('', STATUS_WORD.OTHER));
    await expect(ctap1.knows(signing)).rejects.toMatchObject({ code: 'authenticator.failed' });
  });

  it('takes no key handle that does not fit one byte of length', async () => {
    const { ctap1 } = u2f(answer(''));
    await expect(ctap1.knows({ ...signing, keyHandle: new Uint8Array(256) })).rejects.toThrow(RangeError);
    await expect(ctap1.knows({ ...signing, keyHandle: new Uint8Array() })).rejects.toThrow(RangeError);
  });
});

describe('answers of U2F', () => {
  it('are refused wherever a registration is cut off before its signature', () => {
    const whole = bytes(register.answer);
    const signatureAt = whole.length - register.signature.length / 2;
    for (let length = 0; length <= signatureAt; length += 1) {
      expect(() => parseU2fRegistration(whole.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'authenticator.malformed_answer' }),
      );
    }
  });

  it.each<[string, (data: Uint8Array) => void]>([
    ['another reserved byte', (data) => data.fill(0x04, 0, 1)],
    ['a compressed public key', (data) => data.fill(0x02, 1, 2)],
    ['an empty key handle', (data) => data.fill(0, 66, 67)],
    ['a certificate that is no sequence', (data) => data.fill(0x31, 131, 132)],
    ['a certificate of endless length', (data) => data.fill(0x80, 132, 133)],
    ['a certificate with a length of four bytes', (data) => data.fill(0x84, 132, 133)],
  ])('are refused with %s', (_what, change) => {
    const data = bytes(register.answer);
    change(data);
    expect(() => parseU2fRegistration(data)).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });

  it('are refused where a signature is missing', () => {
    expect(() => parseU2fSignature(new Uint8Array(5))).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });

  it('become what python-fido2 makes of them', () => {
    const attestation = attestationOfU2f(parseU2fRegistration(bytes(register.answer)), registration.rpIdHash);
    expect(attestation.fmt).toBe('fido-u2f');
    expect(hex(attestation.authData)).toBe(register.authData);
    expect(hex(encodeCbor(attestation.attStmt))).toBe(register.attStmt);
    const assertion = assertionOfU2f(
      parseU2fSignature(bytes(authenticate.answer)),
      signing.rpIdHash,
      signing.keyHandle,
    );
    expect(hex(assertion.authData)).toBe(authenticate.authData);
    expect(hex(assertion.signature)).toBe(authenticate.signature);
    expect(assertion.credentialId).toEqual(signing.keyHandle);
  });

  it('do not pass undefined bits of user presence on', () => {
    const odd = { userPresence: 0xff, counter: 1, signature: new Uint8Array(8) };
    expect(assertionOfU2f(odd, new Uint8Array(32), new Uint8Array(1)).authData[32]).toBe(1);
  });
});

describe('a U2F device as a CTAP2 one', () => {
  const rpIdHash = createHash('sha256').update('example.org').digest();
  const known = Buffer.alloc(64, 7);
  const creation = {
    clientDataHash: registration.clientDataHash,
    rp: { id: 'example.org' },
    user: { id: Buffer.from('u') },
    pubKeyCredParams: [{ alg: -7, type: 'public-key' }],
  };

  /** Knows one key handle, is touched at once. */
  function device() {
    const log: { ins: number; control: number; rpIdHash: string }[] = [];
    const transport = {
      async msg(apdu: Uint8Array) {
        const [, ins = 0, control = 0] = apdu;
        log.push({ ins, control, rpIdHash: hex(apdu.subarray(7 + 32, 7 + 64)) });
        if (ins === U2F_INS.register) return answer(register.answer);
        if (hex(apdu).includes(hex(known))) {
          const checking = control === U2F_CONTROL.checkOnly;
          return checking ? answer('', STATUS_WORD.CONDITIONS_NOT_SATISFIED) : answer(authenticate.answer);
        }
        return answer('', STATUS_WORD.WRONG_DATA);
      },
    };
    return { u2f: new U2fAsCtap2(new Ctap1(transport)), log };
  }
  const descriptor = (id: Uint8Array) => ({ id, type: 'public-key' as const });

  it('registers for the hash of the rpId', async () => {
    const { u2f, log } = device();
    const made = await u2f.makeCredential({ ...creation, excludeList: [descriptor(Buffer.alloc(64, 9))] });
    expect(made.fmt).toBe('fido-u2f');
    expect(Buffer.from(made.authData).subarray(0, 32)).toEqual(rpIdHash);
    expect(log.map(({ ins }) => ins)).toEqual([U2F_INS.authenticate, U2F_INS.register]);
    expect(log.every((entry) => entry.rpIdHash === hex(rpIdHash))).toBe(true);
  });

  it('is excluded only after a touch, with nothing registered for the relying party', async () => {
    const { u2f, log } = device();
    const making = u2f.makeCredential({ ...creation, excludeList: [descriptor(known)] });
    await expect(making).rejects.toMatchObject({ code: 'authenticator.excluded' });
    expect(log.at(-1)?.ins).toBe(U2F_INS.register);
    expect(log.at(-1)?.rpIdHash).not.toBe(hex(rpIdHash));
  });

  it('signs with the credential that it knows, and passes over ids that are no key handles', async () => {
    const { u2f } = device();
    const allowList = [Buffer.alloc(300), Buffer.alloc(0), Buffer.alloc(64, 9), known].map(descriptor);
    const made = await u2f.getAssertion({
      rpId: 'example.org',
      clientDataHash: signing.clientDataHash,
      allowList,
    });
    expect(made.credentialId).toBe(known);
    expect(Buffer.from(made.authData).subarray(0, 32)).toEqual(rpIdHash);
  });

  it('signs without a touch for up: false', async () => {
    const { u2f, log } = device();
    const request = {
      rpId: 'example.org',
      clientDataHash: signing.clientDataHash,
      allowList: [descriptor(known)],
    };
    await u2f.getAssertion({ ...request, options: { up: false } });
    expect(log.at(-1)?.control).toBe(U2F_CONTROL.dontEnforce);
  });

  it('refuses what U2F cannot do', async () => {
    const { u2f, log } = device();
    const refused = { code: 'authenticator.unsupported_option' };
    const param = { param: new Uint8Array(16), protocol: 1 };
    await expect(u2f.makeCredential({ ...creation, options: { rk: true } })).rejects.toMatchObject(refused);
    await expect(u2f.makeCredential({ ...creation, options: { uv: true } })).rejects.toMatchObject(refused);
    await expect(u2f.makeCredential({ ...creation, pinUvAuth: param })).rejects.toMatchObject(refused);
    const only = [{ alg: -8, type: 'public-key' }];
    await expect(u2f.makeCredential({ ...creation, pubKeyCredParams: only })).rejects.toMatchObject({
      code: 'authenticator.unsupported_algorithm',
    });
    const signIn = { rpId: 'example.org', clientDataHash: signing.clientDataHash };
    await expect(u2f.getAssertion({ ...signIn, options: { uv: true } })).rejects.toMatchObject(refused);
    await expect(u2f.getAssertion(signIn)).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
    expect(log).toEqual([]);
  });
});
