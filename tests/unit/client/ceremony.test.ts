import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitList } from '../../../main/authenticators/client/credential-lists.ts';
import { chooseVerification } from '../../../main/authenticators/client/user-verification.ts';
import {
  type CeremonyStatus,
  openCtapAuthenticator,
  pinToBytes,
} from '../../../main/authenticators/index.ts';
import type { SoftwareDeviceOptions } from '../../../main/authenticators/software/software-device.ts';
import { AuthenticatorInfo, type CborMap, type CborValue, decodeCbor } from '../../../main/ctap/index.ts';
import {
  AuthenticationResponse,
  fromBase64url,
  RegistrationResponse,
  toBase64url,
} from '../../../shared/domain/index.ts';
import {
  clientPin,
  creationOptions,
  make,
  ORIGIN,
  parseAuthenticatorData,
  person,
  rejection,
  requestOptions,
  sha256,
  signatureHolds,
  throwAwayKey,
} from '../software-key/helpers.ts';

async function authenticatorOf(options: Partial<SoftwareDeviceOptions> = {}) {
  const key = await throwAwayKey(options);
  const authenticator = await openCtapAuthenticator({
    pipe: key.device.connect(),
    kind: 'securityKey',
    name: 'Throw-away key',
    clock: { now: () => 1_000 },
    touchTimeout: 30_000,
  });
  return { ...key, authenticator };
}

function authDataOf(response: RegistrationResponse) {
  const object = decodeCbor(fromBase64url(response.response.attestationObject));
  const authData = object instanceof Map ? object.get('authData') : null;
  if (!(authData instanceof Uint8Array)) throw new Error('no authData');
  return parseAuthenticatorData(authData);
}

describe('a ceremony', () => {
  it('makes a passkey and signs with it, in the shapes of WebAuthn', async () => {
    const { authenticator } = await authenticatorOf();
    const { talk, asks } = person();
    const made = RegistrationResponse.parse(
      await authenticator.makeCredential(creationOptions(), ORIGIN, talk),
    );
    expect(asks).toEqual([
      {
        ask: 'set',
        minLength: 4,
        maxLength: null,
        maxBytes: 63,
        complexity: false,
        triesLeft: null,
        problem: null,
      },
    ]);
    const { publicKey, flags, credentialId } = authDataOf(made);
    expect(flags).toBe(0x45);
    expect(made.id).toBe(toBase64url(credentialId));
    expect(Buffer.from(fromBase64url(made.response.clientDataJSON)).toString()).toBe(
      `{"type":"webauthn.create","challenge":"Y2hhbGxlbmdl","origin":"${ORIGIN}","crossOrigin":false}`,
    );

    const signed = AuthenticationResponse.parse(
      await authenticator.getAssertion(requestOptions([made.id]), ORIGIN, person().talk),
    );
    expect(signed.id).toBe(made.id);
    expect(signed.response.userHandle).toBe('dXNlcg');
    expect(JSON.parse(Buffer.from(fromBase64url(signed.response.clientDataJSON)).toString())).toEqual({
      type: 'webauthn.get',
      challenge: 'Y2hhbGxlbmdl',
      origin: ORIGIN,
      crossOrigin: false,
    });
    const authData = fromBase64url(signed.response.authenticatorData);
    const signature = fromBase64url(signed.response.signature);
    expect(parseAuthenticatorData(authData).flags).toBe(0x05);
    const hash = sha256(signed.response.clientDataJSON);
    expect(signatureHolds(publicKey, { authData, signature }, hash)).toBe(true);
  });

  it('tells what it waits for, and until when', async () => {
    const { authenticator, device } = await authenticatorOf({ automaticTouch: false });
    const updates: unknown[] = [];
    const talk = {
      ...person().talk,
      status(update: CeremonyStatus) {
        updates.push([update.phase, update.verifiedBy, update.deadline]);
        if (update.phase === 'touch') device.touch();
      },
    };
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(updates).toEqual([
      ['connecting', null, null],
      ['working', null, null],
      ['working', 'pin', null],
      ['touch', 'pin', 31_000],
      ['working', 'pin', null],
    ]);
  });

  it('asks again for a PIN that is wrong, too short or too long, and wipes every one', async () => {
    const { authenticator } = await authenticatorOf();
    const setting = person({ pins: ['123', '🔑🔑🔑', 'x'.repeat(64), 'päss'] });
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, setting.talk);
    expect(setting.asks.map(({ problem }) => problem)).toEqual([null, 'tooShort', 'tooShort', 'tooLong']);
    // The same PIN, typed as "a" and a combining mark.
    const entering = person({ pins: ['0000', '12', 'pa\u0308ss'] });
    await authenticator.getAssertion(requestOptions([made.id]), ORIGIN, entering.talk);
    expect(entering.asks.map(({ problem, triesLeft }) => [problem, triesLeft])).toEqual([
      [null, 8],
      ['wrong', 7],
      ['tooShort', 7],
    ]);
    for (const pin of [...setting.given, ...entering.given]) {
      expect(pin.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('needs no PIN where none is wanted and none is set', async () => {
    const { authenticator } = await authenticatorOf();
    const { talk, asks } = person({ pins: [] });
    const wish = { userVerification: 'discouraged', residentKey: 'discouraged' } as const;
    const made = await authenticator.makeCredential(creationOptions(wish), ORIGIN, talk);
    expect(authDataOf(made).flags).toBe(0x41);
    expect(asks).toEqual([]);
  });

  it('says that the authenticator is excluded, or does not hold the passkey', async () => {
    const { authenticator } = await authenticatorOf();
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, person().talk);
    const excludeCredentials = [{ id: made.id, type: 'public-key' as const }];
    const again = authenticator.makeCredential(
      creationOptions({ excludeCredentials }),
      ORIGIN,
      person().talk,
    );
    expect(await rejection(again)).toMatchObject({ code: 'authenticator.excluded' });
    const unknown = requestOptions([toBase64url(randomBytes(32)), toBase64url(randomBytes(500))]);
    for (const options of [unknown, requestOptions([toBase64url(randomBytes(500))])]) {
      const signed = authenticator.getAssertion(options, ORIGIN, person().talk);
      expect(await rejection(signed)).toMatchObject({ code: 'authenticator.no_credentials' });
    }
  });

  it('finds its credential in lists that are longer than the authenticator takes', async () => {
    const { authenticator } = await authenticatorOf();
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, person().talk);
    const others = Array.from({ length: 100 }, () => toBase64url(randomBytes(60)));
    const ids = others.toSpliced(70, 0, made.id);
    const signed = await authenticator.getAssertion(requestOptions(ids), ORIGIN, person().talk);
    expect(signed.id).toBe(made.id);
    const nowhere = authenticator.getAssertion(requestOptions(others), ORIGIN, person().talk);
    expect(await rejection(nowhere)).toMatchObject({ code: 'authenticator.no_credentials' });

    const excluded = (list: string[]) =>
      creationOptions({ excludeCredentials: list.map((id) => ({ id, type: 'public-key' })) });
    const again = authenticator.makeCredential(excluded(ids), ORIGIN, person().talk);
    expect(await rejection(again)).toMatchObject({ code: 'authenticator.excluded' });
    await authenticator.makeCredential(excluded(others), ORIGIN, person().talk);
  });

  it('is cancelled during the touch, and the key is free afterwards', async () => {
    const { authenticator, device } = await authenticatorOf({ automaticTouch: false });
    const abort = new AbortController();
    const cancelling = person({ signal: abort.signal, touch: () => abort.abort() });
    const first = authenticator.makeCredential(creationOptions(), ORIGIN, cancelling.talk);
    expect(await rejection(first)).toMatchObject({ code: 'authenticator.cancelled' });
    const touching = person({ touch: () => device.touch() });
    await authenticator.makeCredential(creationOptions(), ORIGIN, touching.talk);
  });

  it('is cancelled while it waits for the PIN, and wipes a PIN that comes too late', async () => {
    const { authenticator } = await authenticatorOf();
    const abort = new AbortController();
    const late = pinToBytes('123456');
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const talk = {
      ...person().talk,
      signal: abort.signal,
      askPin: () => {
        abort.abort();
        return promise;
      },
    };
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.cancelled' });
    resolve(late);
    await promise;
    expect([...late]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('ends as cancelled when the authenticator is closed under it', async () => {
    const { authenticator } = await authenticatorOf({ automaticTouch: false });
    const { talk } = person({ touch: () => void authenticator.close() });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.cancelled' });
  });

  it('ends by time when nobody touches the key', async () => {
    const { authenticator } = await authenticatorOf({ automaticTouch: false, touchTimeout: 30 });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, person().talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.timed_out' });
  });

  it('asks for the PIN again where its token expired before it was used', async () => {
    let now = 1_000;
    const { authenticator } = await authenticatorOf({ clock: { now: () => now } });
    const { talk, asks } = person({ pins: ['123456', '123456'] });
    const slow = {
      ...talk,
      status(update: CeremonyStatus) {
        if (update.verifiedBy === 'pin' && asks.length === 1) now += 31_000;
      },
    };
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, slow);
    expect(asks.map(({ ask }) => ask)).toEqual(['set', 'enter']);
    expect(authDataOf(made).flags).toBe(0x45);
  });

  it('is refused where the key is another relying party’s', async () => {
    const { authenticator, ctap } = await authenticatorOf();
    await clientPin(ctap).setPin(pinToBytes('123456'));
    const { credentialId } = await make(ctap, { rpId: 'example.org' });
    const options = requestOptions([toBase64url(credentialId)]);
    const signed = authenticator.getAssertion(options, ORIGIN, person({ pins: ['123456'] }).talk);
    expect(await rejection(signed)).toMatchObject({ code: 'authenticator.no_credentials' });
  });
});

/** What an authenticator could say in getInfo. */
function infoWith(options: Record<string, boolean>, entries: [number, CborValue][] = []): AuthenticatorInfo {
  const map: CborMap = new Map<number, CborValue>([
    [1, ['FIDO_2_0']],
    [3, new Uint8Array(16)],
    [4, new Map(Object.entries(options))],
    ...entries,
  ]);
  return AuthenticatorInfo.parse(map);
}

const REST = { command: 300, silent: 120 };

describe('lists of credentials', () => {
  const list = (count: number, length: number) =>
    Array.from({ length: count }, (_, i) => ({
      id: createHash('sha512').update(`${i}`).digest().subarray(0, length),
      type: 'public-key' as const,
    }));

  it('go as they are where they fit', () => {
    expect(fitList(infoWith({}, [[7, 8]]), list(8, 32), REST)).toEqual({ fits: true, list: list(8, 32) });
    expect(fitList(infoWith({}), [], REST)).toEqual({ fits: true, list: [] });
  });

  it('are cut by count, one at a time where the authenticator does not say', () => {
    const counts = (info: AuthenticatorInfo) => {
      const fitted = fitList(info, list(10, 32), REST);
      return fitted.fits ? null : fitted.batches.map((batch) => batch.length);
    };
    expect(counts(infoWith({}, [[7, 4]]))).toEqual([4, 4, 2]);
    expect(counts(infoWith({}))).toEqual(Array(10).fill(1));
  });

  it('are cut by message size', () => {
    const fitted = fitList(
      infoWith({}, [
        [5, 1024],
        [7, 50],
      ]),
      list(20, 64),
      REST,
    );
    expect(fitted.fits).toBe(false);
    if (!fitted.fits) {
      expect(fitted.batches.flat()).toEqual(list(20, 64));
      expect(Math.max(...fitted.batches.map((batch) => batch.length))).toBe(10);
    }
  });

  it('lose ids that are longer than those of the authenticator', () => {
    const mixed = [...list(1, 64), ...list(1, 32)];
    expect(
      fitList(
        infoWith({}, [
          [7, 8],
          [8, 32],
        ]),
        mixed,
        REST,
      ),
    ).toEqual({ fits: true, list: list(1, 32) });
  });
});

describe('user verification', () => {
  const choose = (
    options: Record<string, boolean>,
    userVerification: 'required' | 'preferred' | 'discouraged',
    rk?: boolean,
  ) => chooseVerification(infoWith(options), { userVerification, ...(rk === undefined ? {} : { rk }) });

  it.each([
    ['pin', { clientPin: true }, 'required', undefined],
    ['pin', { clientPin: false }, 'required', undefined],
    ['builtIn', { uv: true }, 'required', undefined],
    ['builtIn', { uv: true, clientPin: false }, 'preferred', undefined],
    ['pin', { clientPin: true }, 'preferred', undefined],
    ['none', { clientPin: false }, 'preferred', undefined],
    ['none', {}, 'preferred', true],
    ['none', { clientPin: true }, 'discouraged', undefined],
    // CTAP 2.0: with a PIN set, every makeCredential needs it.
    ['pin', { clientPin: true }, 'discouraged', false],
    ['none', { clientPin: true, makeCredUvNotRqd: true }, 'discouraged', false],
    ['pin', { clientPin: true, makeCredUvNotRqd: true }, 'discouraged', true],
    ['pin', { clientPin: false, alwaysUv: true }, 'discouraged', undefined],
  ] as const)('is by %s for %o when %s, resident %s', (expected, options, wish, rk) => {
    expect(choose(options, wish, rk)).toBe(expected);
  });

  it('is refused where it is required and cannot be had', () => {
    expect(() => choose({}, 'required')).toThrow(
      expect.objectContaining({ code: 'authenticator.not_supported' }),
    );
  });
});
