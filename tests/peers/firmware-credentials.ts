import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Authenticator } from '../../main/authenticators/index.ts';
import { CtapError } from '../../main/ctap/index.ts';
import { type CreationOptions, type RequestOptions, toBase64url } from '../../shared/domain/index.ts';
import { creationOptions, person, requestOptions } from '../unit/software-key/helpers.ts';
import {
  descriptor,
  foreign,
  holds,
  type Known,
  make,
  ORIGIN,
  openAuthenticator,
  openKey,
  type Signed,
  sign,
} from './firmware.ts';

const EDDSA = -8;
/** A number that no algorithm has. */
const NO_ALGORITHM = -65_000;
const NOBODY = new Uint8Array();
/** More than one message takes on most keys. */
const MANY = 30;

/** Ids as the application writes them. */
function ids(list: readonly { id: Uint8Array }[]): { id: string; type: 'public-key' }[] {
  return list.map(({ id }) => ({ id: toBase64url(id), type: 'public-key' }));
}

function request(rpId: string, list: readonly { id: Uint8Array }[]): RequestOptions {
  return requestOptions([], { rpId, allowCredentials: ids(list), userVerification: 'preferred' });
}

function creation(rpId: string, change: Partial<CreationOptions>): CreationOptions {
  return creationOptions({
    rp: { id: rpId, name: 'Keys' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    residentKey: 'discouraged',
    userVerification: 'preferred',
    ...change,
  });
}

function getAssertion(authenticator: Authenticator, options: RequestOptions) {
  return authenticator.getAssertion(options, ORIGIN, person().talk);
}

/** Every credential answered once, in whatever order: old firmware begins with the oldest. */
async function allHold(made: Known[], signed: Signed): Promise<void> {
  expect(signed.answers).toHaveLength(made.length);
  for (const credential of made) {
    const [answer] = signed.answers.filter(
      ({ user }) => Buffer.compare(user?.id ?? NOBODY, credential.user) === 0,
    );
    await holds(credential, answer, signed, false);
  }
}

export function credentials(): void {
  describe('a credential', () => {
    it('is made and signs again and again, with a counter that rises or stays 0', async () => {
      const key = await openKey();
      const made = await make(key);
      for (let turn = 0; turn < 3; turn += 1) {
        const signed = await sign(key, { allowList: [descriptor(made)] });
        await holds(made, signed.answers[0], signed);
      }
    });

    it('signs without the PIN where the relying party does not ask for it', async () => {
      const key = await openKey();
      const made = await make(key);
      const signed = await sign(key, { allowList: [descriptor(made)], verify: false });
      await holds(made, signed.answers[0], signed);
    });

    it('is found without a touch', async () => {
      const key = await openKey();
      const made = await make(key);
      const wish = { allowList: [descriptor(made)], options: { up: false }, verify: false };
      const [answer] = (await sign(key, wish)).answers;
      expect(answer?.credentialId ?? made.id).toEqual(made.id);
      const others = sign(key, { ...wish, allowList: foreign(2, made.id.length) });
      await expect(others).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
    });

    it('is made for the algorithm that is asked for, and not for one that nobody knows', async (context) => {
      const key = await openKey();
      const unknown = make(key, { pubKeyCredParams: [{ type: 'public-key', alg: NO_ALGORITHM }] });
      await expect(unknown).rejects.toMatchObject({ code: 'authenticator.unsupported_algorithm' });
      const wanted = [NO_ALGORITHM, EDDSA].map((alg) => ({ type: 'public-key', alg }));
      const made = await make(key, { pubKeyCredParams: wanted }).catch((error: unknown) => {
        if (!CtapError.is(error, 'UNSUPPORTED_ALGORITHM')) throw error;
        return null;
      });
      if (made === null) {
        const says = key.info.algorithms?.some(({ alg }) => alg === EDDSA) ?? false;
        expect(says).toBe(false);
        context.skip('the firmware does not know EdDSA');
        return;
      }
      const signed = await sign(key, { allowList: [descriptor(made)] });
      await holds(made, signed.answers[0], signed);
    });

    it('is of one relying party only', async () => {
      const key = await openKey();
      const made = await make(key);
      const other = sign(key, { allowList: [descriptor(made)], rpId: 'other.example' });
      await expect(other).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
    });

    it('is made for names that are too long for some firmware', async () => {
      const key = await openKey();
      const made = await make(key, {
        rpId: `${'long.'.repeat(30)}example`,
        user: { id: randomBytes(64), name: 'ä'.repeat(120), displayName: '🔑'.repeat(60) },
      });
      const { rpId } = made;
      const signed = await sign(key, { allowList: [descriptor(made)], rpId });
      await holds(made, signed.answers[0], signed);
    });

    it('is not made twice on one authenticator', async () => {
      const rpId = 'exclude.example';
      const key = await openKey();
      const made = await make(key, { rpId });
      key.hid.close();
      const authenticator = await openAuthenticator();
      const excludeCredentials = ids([...foreign(2, made.id.length), made]);
      const again = authenticator.makeCredential(
        creation(rpId, { excludeCredentials }),
        ORIGIN,
        person().talk,
      );
      await expect(again).rejects.toMatchObject({ code: 'authenticator.excluded' });
    });

    it(`is not made twice where it comes after ${MANY} others on the list`, async () => {
      const rpId = 'exclude-many.example';
      const key = await openKey();
      const made = await make(key, { rpId });
      key.hid.close();
      const authenticator = await openAuthenticator();
      const others = foreign(MANY, made.id.length);
      const attempt = (list: { id: Uint8Array }[]) =>
        authenticator.makeCredential(
          creation(rpId, { excludeCredentials: ids(list) }),
          ORIGIN,
          person().talk,
        );
      await expect(attempt([...others, made])).rejects.toMatchObject({ code: 'authenticator.excluded' });
      await expect(attempt(others)).resolves.toBeDefined();
    });

    it(`is found among ${MANY} others, of whatever length`, async () => {
      const rpId = 'allow.example';
      const key = await openKey();
      const made = await make(key, { rpId });
      key.hid.close();
      const authenticator = await openAuthenticator();
      const others = [
        ...foreign(MANY / 2, made.id.length),
        ...foreign(MANY / 4, 16),
        ...foreign(MANY / 4, 255),
      ];
      for (const list of [
        [...others, made],
        [made, ...others],
      ]) {
        const response = await getAssertion(authenticator, request(rpId, list));
        expect(response.id).toBe(toBase64url(made.id));
      }
      const none = getAssertion(authenticator, request(rpId, others));
      await expect(none).rejects.toMatchObject({ code: 'authenticator.no_credentials' });
    });
  });

  describe('a resident credential', () => {
    it('signs without being named', async (context) => {
      const rpId = 'resident.example';
      const key = await openKey();
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const made = await make(key, { rpId, rk: true });
      key.hid.close();
      const response = await getAssertion(await openAuthenticator(), request(rpId, []));
      expect(response.id).toBe(toBase64url(made.id));
      expect(response.response.userHandle).toBe(toBase64url(made.user));
    });

    it('is one of several, which all sign', async (context) => {
      const rpId = 'several.example';
      const key = await openKey();
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const names = ['ada', 'grace', 'hedy'];
      const made = [];
      for (const name of names) {
        made.push(await make(key, { rpId, rk: true, user: { id: Buffer.from(name), name } }));
      }
      const signed = await sign(key, { rpId });
      await allHold(made, signed);
      await expect(key.ctap.getNextAssertion()).rejects.toMatchObject({ code: 'authenticator.not_allowed' });
    });

    it('takes the place of the one that the same person had', async (context) => {
      const rpId = 'replace.example';
      const key = await openKey();
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const user = { id: randomBytes(16), name: 'ada' };
      const old = await make(key, { rpId, rk: true, user });
      const made = await make(key, { rpId, rk: true, user });
      const signed = await sign(key, { rpId });
      expect(signed.answers).toHaveLength(1);
      await holds(made, signed.answers[0], signed, false);
      expect(made.id).not.toEqual(old.id);
    });

    it('outlives names that are too long for some firmware, in every script', async (context) => {
      const rpId = 'names.example';
      const key = await openKey();
      context.skip(key.info.options.rk !== true, 'the firmware says that it keeps no credentials');
      const users = ['ä', 'é🔑', '漢字'].map((letters) => ({
        id: randomBytes(64),
        name: letters.repeat(40),
        displayName: `x${letters.repeat(40)}`,
      }));
      const made = [];
      for (const user of users) made.push(await make(key, { rpId, rk: true, user }));
      // With several credentials the names come along, cut short by some firmware in the middle of a letter.
      const signed = await sign(key, { rpId });
      await allHold(made, signed);
      for (const { user } of signed.answers) {
        const [known] = users.filter(({ id }) => Buffer.compare(id, user?.id ?? NOBODY) === 0);
        const told = user?.name?.replace(/\uFFFD+$/u, '') ?? '';
        expect(known?.name.startsWith(told)).toBe(true);
      }
    });
  });
}
