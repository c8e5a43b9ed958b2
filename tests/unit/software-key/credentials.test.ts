import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pinToBytes, SOFTWARE_KEY_AAGUID } from '../../../main/authenticators/index.ts';
import {
  assertion,
  attestationSignature,
  clientPin,
  keyWithPin,
  make,
  PIN,
  parseAuthenticatorData,
  proof,
  RP_ID,
  signatureHolds,
  statusOf,
  throwAwayKey,
} from './helpers.ts';

describe('makeCredential', () => {
  it.each([
    ['ES256', -7, true],
    ['ES256', -7, false],
    ['EdDSA', -8, true],
    ['EdDSA', -8, false],
  ])('makes a passkey for %s (%i, resident: %s) that attests itself and signs', async (_name, alg, rk) => {
    const { ctap } = await throwAwayKey();
    const made = await make(ctap, { alg, rk });
    expect(made.fmt).toBe('packed');
    expect(made.attStmt.get('alg')).toBe(alg);
    expect(made.attStmt.has('x5c')).toBe(false);
    expect(made.flags).toBe(0x41);
    expect(made.rpIdHash).toEqual(createHash('sha256').update(RP_ID).digest());
    expect(made.aaguid.toString('hex')).toBe(SOFTWARE_KEY_AAGUID.replaceAll('-', ''));
    const { publicKey } = made;
    const signature = attestationSignature(made.attStmt);
    expect(signatureHolds(publicKey, { authData: made.authData, signature })).toBe(true);

    const signed = await assertion(ctap, { ids: [made.credentialId] });
    expect(signatureHolds(publicKey, signed)).toBe(true);
    expect(signatureHolds(publicKey, signed, Buffer.alloc(32))).toBe(false);
    const { flags, signCount } = parseAuthenticatorData(signed.authData);
    expect(flags).toBe(0x01);
    expect(signCount).toBe(made.signCount + 1);
  });

  it('counts the signatures of each credential for itself', async () => {
    const { ctap } = await throwAwayKey();
    const one = await make(ctap);
    const two = await make(ctap, { rk: true });
    const count = async (id: Uint8Array) =>
      parseAuthenticatorData((await assertion(ctap, { ids: [id] })).authData).signCount;
    expect(await count(one.credentialId)).toBe(2);
    expect(await count(one.credentialId)).toBe(3);
    expect(await count(two.credentialId)).toBe(2);
    expect(await count(one.credentialId)).toBe(4);
  });

  it('refuses to make a second one for a credential of the exclude list, but only at its relying party', async () => {
    const { ctap } = await throwAwayKey();
    const { credentialId } = await make(ctap);
    const resident = await make(ctap, { rk: true });
    const foreign = new Uint8Array(63).fill(1);
    expect(await statusOf(make(ctap, { excludeList: [foreign, credentialId] }))).toBe('CREDENTIAL_EXCLUDED');
    expect(await statusOf(make(ctap, { excludeList: [resident.credentialId] }))).toBe('CREDENTIAL_EXCLUDED');
    await make(ctap, { excludeList: [foreign] });
    await make(ctap, { excludeList: [credentialId, resident.credentialId], rpId: 'example.org' });
  });

  it('replaces the resident credential of the same user at the same relying party', async () => {
    const { ctap } = await throwAwayKey();
    const old = await make(ctap, { rk: true });
    const other = await make(ctap, { rk: true, user: 'other' });
    const fresh = await make(ctap, { rk: true });
    expect(await statusOf(assertion(ctap, { ids: [old.credentialId] }))).toBe('NO_CREDENTIALS');
    for (const { credentialId, publicKey } of [other, fresh]) {
      expect(signatureHolds(publicKey, await assertion(ctap, { ids: [credentialId] }))).toBe(true);
    }
  });

  it('chooses the first algorithm that it knows, and says so where it knows none', async () => {
    const { ctap } = await throwAwayKey();
    expect(await statusOf(make(ctap, { alg: -257 }))).toBe('UNSUPPORTED_ALGORITHM');
  });

  it('needs the PIN for a resident credential once there is one, and not for another', async () => {
    const { ctap } = await keyWithPin();
    expect(await statusOf(make(ctap, { rk: true }))).toBe('PUAT_REQUIRED');
    expect((await make(ctap)).flags).toBe(0x41);
    expect((await make(ctap, { rk: true, pinUvAuth: await proof(ctap) })).flags).toBe(0x45);
  });

  it('takes no built-in user verification, no missing touch and no enterprise attestation', async () => {
    const { ctap } = await throwAwayKey();
    const base = {
      clientDataHash: new Uint8Array(32),
      rp: { id: RP_ID },
      user: { id: Buffer.from('u') },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    };
    expect(await statusOf(ctap.makeCredential({ ...base, options: { uv: true } }))).toBe('INVALID_OPTION');
    const short = { ...base, clientDataHash: new Uint8Array(31) };
    expect(await statusOf(ctap.makeCredential(short))).toBe('INVALID_PARAMETER');
    const many = Array.from({ length: 33 }, () => ({ id: new Uint8Array(32), type: 'public-key' as const }));
    expect(await statusOf(ctap.makeCredential({ ...base, excludeList: many }))).toBe('LIMIT_EXCEEDED');
  });

  it('answers an empty pinUvAuthParam with the state of the PIN', async () => {
    const { ctap } = await throwAwayKey();
    const pinUvAuth = { param: new Uint8Array(), protocol: 2 };
    expect(await statusOf(make(ctap, { pinUvAuth }))).toBe('PIN_NOT_SET');
    await clientPin(ctap).setPin(pinToBytes(PIN));
    expect(await statusOf(make(ctap, { pinUvAuth }))).toBe('PIN_INVALID');
    expect(await statusOf(assertion(ctap, { pinUvAuth }))).toBe('PIN_INVALID');
  });
});

describe('getAssertion', () => {
  it('finds nothing for another relying party, another key, or a changed id', async () => {
    const { ctap } = await throwAwayKey();
    const stranger = await throwAwayKey();
    for (const rk of [true, false]) {
      const { credentialId } = await make(ctap, { rk });
      const ids = [credentialId];
      expect(await statusOf(assertion(ctap, { ids, rpId: 'example.org' }))).toBe('NO_CREDENTIALS');
      expect(await statusOf(assertion(stranger.ctap, { ids }))).toBe('NO_CREDENTIALS');
      for (const at of [0, 5, 20, credentialId.length - 1]) {
        const changed = Uint8Array.from(credentialId);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(await statusOf(assertion(ctap, { ids: [changed] }))).toBe('NO_CREDENTIALS');
      }
    }
  });

  it('keeps non-resident credentials out of an assertion without a list', async () => {
    const { ctap } = await throwAwayKey();
    await make(ctap);
    expect(await statusOf(assertion(ctap))).toBe('NO_CREDENTIALS');
  });

  it('gives the resident credentials one after the other, the newest first', async () => {
    const { ctap } = await throwAwayKey();
    const made: Awaited<ReturnType<typeof make>>[] = [];
    for (const user of ['first', 'second', 'third']) made.push(await make(ctap, { rk: true, user }));
    await make(ctap, { rk: true, user: 'elsewhere', rpId: 'example.org' });

    const answers = [await assertion(ctap)];
    expect(answers[0]?.numberOfCredentials).toBe(3);
    answers.push(await ctap.getNextAssertion(), await ctap.getNextAssertion());
    expect(answers.map(({ user }) => Buffer.from(user?.id ?? []).toString())).toEqual([
      'third',
      'second',
      'first',
    ]);
    answers.forEach((answer, i) => {
      expect(signatureHolds(made.at(-1 - i)?.publicKey ?? null, answer)).toBe(true);
    });
    expect(await statusOf(ctap.getNextAssertion())).toBe('NOT_ALLOWED');
  });

  it('ends the row of assertions with any other command, and after 30 s', async () => {
    let now = 5_000;
    const { ctap } = await throwAwayKey({ clock: { now: () => now } });
    await make(ctap, { rk: true, user: 'a' });
    await make(ctap, { rk: true, user: 'b' });
    expect(await statusOf(ctap.getNextAssertion())).toBe('NOT_ALLOWED');
    await assertion(ctap);
    await ctap.getInfo();
    expect(await statusOf(ctap.getNextAssertion())).toBe('NOT_ALLOWED');
    await assertion(ctap);
    now += 30_001;
    expect(await statusOf(ctap.getNextAssertion())).toBe('NOT_ALLOWED');
  });

  it('tells names only after the PIN was given', async () => {
    const { ctap } = await keyWithPin();
    await make(ctap, { rk: true, pinUvAuth: await proof(ctap) });
    const id = new Uint8Array(Buffer.from('user'));
    expect((await assertion(ctap)).user).toEqual({ id });
    expect((await assertion(ctap, { pinUvAuth: await proof(ctap) })).user).toEqual({
      id,
      name: 'user@test',
      displayName: 'user',
    });
  });

  it('sets neither UP nor UV where there was no touch and no PIN', async () => {
    const { ctap } = await throwAwayKey();
    const { credentialId } = await make(ctap);
    const { authData } = await assertion(ctap, { ids: [credentialId], up: false });
    expect(parseAuthenticatorData(authData).flags).toBe(0);
  });
});

describe('credProtect', () => {
  const visible = async (credProtect: number, rk: boolean) => {
    const { ctap } = await keyWithPin();
    const made = await make(ctap, { credProtect, rk, pinUvAuth: await proof(ctap) });
    expect(made.extensions).toEqual(new Map([['credProtect', credProtect]]));
    const ids = [made.credentialId];
    const without = async (run: Promise<unknown>) =>
      run.then(
        () => true,
        () => false,
      );
    return {
      named: await without(assertion(ctap, { ids })),
      discovered: await without(assertion(ctap)),
      excludes:
        (await statusOf(make(ctap, { excludeList: ids })).catch(() => 'made')) === 'CREDENTIAL_EXCLUDED',
      namedWithPin: await without(assertion(ctap, { ids, pinUvAuth: await proof(ctap) })),
      discoveredWithPin: await without(assertion(ctap, { pinUvAuth: await proof(ctap) })),
    };
  };

  it.each([
    [1, { named: true, discovered: true, excludes: true }],
    [2, { named: true, discovered: false, excludes: true }],
    [3, { named: false, discovered: false, excludes: false }],
  ])('level %i holds for resident credentials', async (level, expected) => {
    expect(await visible(level, true)).toEqual({ ...expected, namedWithPin: true, discoveredWithPin: true });
  });

  it.each([
    [1, { named: true, excludes: true }],
    [2, { named: true, excludes: true }],
    [3, { named: false, excludes: false }],
  ])('level %i holds for non-resident credentials', async (level, expected) => {
    const never = { discovered: false, discoveredWithPin: false };
    expect(await visible(level, false)).toEqual({ ...expected, ...never, namedWithPin: true });
  });

  it('has no other levels', async () => {
    const { ctap } = await throwAwayKey();
    expect(await statusOf(make(ctap, { credProtect: 4 }))).toBe('INVALID_OPTION');
    expect(await statusOf(make(ctap, { credProtect: 0 }))).toBe('INVALID_OPTION');
  });
});

describe('reset', () => {
  it('forgets PIN and credentials, non-resident ones too', async () => {
    const { ctap } = await keyWithPin();
    const resident = await make(ctap, { rk: true, pinUvAuth: await proof(ctap) });
    const { credentialId } = await make(ctap);
    await ctap.reset();
    expect((await ctap.getInfo()).options.clientPin).toBe(false);
    for (const id of [resident.credentialId, credentialId]) {
      expect(await statusOf(assertion(ctap, { ids: [id] }))).toBe('NO_CREDENTIALS');
    }
  });
});

describe('getInfo', () => {
  it('says what a throw-away key is', async () => {
    const { ctap } = await throwAwayKey();
    expect(await ctap.getInfo()).toMatchObject({
      versions: ['FIDO_2_0', 'FIDO_2_1'],
      extensions: [
        'credProtect',
        'hmac-secret',
        'hmac-secret-mc',
        'credBlob',
        'largeBlobKey',
        'minPinLength',
      ],
      maxCredBlobLength: 32,
      maxMsgSize: 7609,
      pinUvAuthProtocols: [2, 1],
      minPINLength: 4,
      options: {
        rk: true,
        up: true,
        alwaysUv: false,
        makeCredUvNotRqd: true,
        clientPin: false,
        pinUvAuthToken: true,
      },
      algorithms: [
        { alg: -7, type: 'public-key' },
        { alg: -8, type: 'public-key' },
      ],
    });
  });
});

describe('unknown commands', () => {
  it('are refused by their status', async () => {
    const { ctap } = await throwAwayKey();
    expect(await statusOf(ctap.send(0x41, undefined))).toBe('INVALID_COMMAND');
    expect(await statusOf(ctap.send(0x06, new Map([[2, 0x06]])))).toBe('INVALID_SUBCOMMAND');
    expect(await statusOf(ctap.send(0x02, new Map([[1, 5]])))).toBe('CBOR_UNEXPECTED_TYPE');
    expect(await statusOf(ctap.send(0x02, undefined))).toBe('MISSING_PARAMETER');
  });
});
