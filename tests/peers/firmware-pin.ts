import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Conversation, pinToBytes } from '../../main/authenticators/index.ts';

import {
  ALGORITHMS,
  createAuthenticationOptions,
  createRegistrationOptions,
  verifyAssertion,
  verifyRegistration,
} from '../../main/webauthn/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { person, rejection } from '../unit/software-key/helpers.ts';
import {
  clientPin,
  infoNow,
  needsPin,
  needsRestart,
  ORIGIN,
  openAuthenticator,
  openKey,
  PIN,
  protocolsOf,
  restart,
} from './firmware.ts';

const WRONG = '864209';
const TIMEOUT = 60_000;
const RP_ID = 'wizard.example';
const user = { id: randomBytes(16), name: 'ada', displayName: 'Ada' };

/** What the wizard makes. */
async function enrol(talk: Conversation) {
  const { options } = await infoNow();
  const wish = {
    rpId: RP_ID,
    rpName: 'Wizard',
    user,
    challenge: randomBytes(32),
    exclude: [],
    residentKey: options.rk === true ? ('required' as const) : ('discouraged' as const),
    timeout: TIMEOUT,
  };
  const creation = await createRegistrationOptions(wish);
  const authenticator = await openAuthenticator();
  const response = await authenticator.makeCredential(creation, ORIGIN, talk);
  await authenticator.close();
  return verifyRegistration(response, {
    challenge: creation.challenge,
    origin: ORIGIN,
    rpId: RP_ID,
    userVerification: 'required',
    algorithms: ALGORITHMS,
  });
}

type Enrolled = Awaited<ReturnType<typeof enrol>>;
let enrolled: Enrolled | null = null;

/** Signs in with the credential that was enrolled; the relying party verifies it. */
async function signIn(talk: Conversation) {
  if (enrolled === null) throw new Error('Nothing was enrolled.');
  const { credentialId, transports } = enrolled;
  const request = await createAuthenticationOptions({
    rpId: RP_ID,
    challenge: randomBytes(32),
    allow: [{ credentialId, transports }],
    timeout: TIMEOUT,
  });
  const authenticator = await openAuthenticator();
  try {
    const response = await authenticator.getAssertion(request, ORIGIN, talk);
    const { challenge } = request;
    const expected = { challenge, origin: ORIGIN, rpId: RP_ID, userVerification: 'required' as const };
    const verified = await verifyAssertion(response, {
      ...expected,
      credential: { ...enrolled, userHandle: user.id },
    });
    enrolled.signCount = verified.signCount;
    return verified;
  } finally {
    await authenticator.close();
  }
}

/** The tries that are left, as the firmware counts them. */
async function retries(): Promise<number> {
  const key = await openKey();
  const left = await clientPin(key).getPinRetries();
  key.hid.close();
  return left.retries;
}

export function pin(): void {
  describe('the PIN', () => {
    it('is set for the first time in the ceremony that makes the first credential', async (context) => {
      const { options } = await infoNow();
      context.skip(options.clientPin === undefined, 'the firmware says that it has no PIN');
      expect(options.clientPin).toBe(false);
      // Too short is told before the firmware is asked.
      const { talk, asks, given, phases } = person({ pins: ['1', PIN] });
      enrolled = await enrol(talk);
      expect(asks).toMatchObject([
        { ask: 'set', problem: null },
        { ask: 'set', problem: 'tooShort' },
      ]);
      expect(given.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
      expect(phases[0]).toBe('connecting');
      expect(enrolled.userVerified).toBe(true);
      expect((await infoNow()).options.clientPin).toBe(true);
    });

    it('is asked for when the credential signs', async (context) => {
      needsPin(context, await infoNow());
      const { talk, asks } = person();
      expect(await signIn(talk)).toMatchObject({ userVerified: true });
      expect(asks).toMatchObject([
        {
          ask: 'enter',
          minLength: expect.any(Number),
          maxBytes: 63,
          triesLeft: expect.any(Number),
          problem: null,
        },
      ]);
    });

    it('that is wrong costs a try, and the right one brings them back', async (context) => {
      needsPin(context, await infoNow());
      const all = await retries();
      const { talk, asks } = person({ pins: [WRONG, PIN] });
      await signIn(talk);
      expect(asks).toMatchObject([
        { triesLeft: all, problem: null },
        { triesLeft: all - 1, problem: 'wrong' },
      ]);
      expect(await retries()).toBe(all);
    });

    it('that cannot be the PIN costs no try', async (context) => {
      needsPin(context, await infoNow());
      const all = await retries();
      const { talk, asks } = person({ pins: ['12', 'x'.repeat(64), PIN] });
      await signIn(talk);
      expect(asks).toMatchObject([
        { triesLeft: all, problem: null },
        { triesLeft: all, problem: 'tooShort' },
        { triesLeft: all, problem: 'tooLong' },
      ]);
    });

    it('works with every PIN/UV auth protocol that the firmware knows', async (context) => {
      const key = await openKey();
      needsPin(context, key.info);
      for (const protocol of protocolsOf(key.info)) {
        const client = clientPin(key, protocol);
        const right = await client.getPinToken(pinToBytes(PIN));
        expect(right.authenticate(randomBytes(32)).param).toHaveLength(protocol.version === 1 ? 16 : 32);
        await expect(client.getPinToken(pinToBytes(WRONG))).rejects.toMatchObject({
          code: 'authenticator.pin_wrong',
        });
        await client.getPinToken(pinToBytes(PIN));
      }
    });

    it.each([
      ['with letters that UTF-8 writes in several bytes', 'Zwölf Äpfel 🔑'],
      ['of 63 bytes', `${'ä'.repeat(31)}!`],
    ])('is changed to one %s, and back', async (_, other) => {
      const key = await openKey();
      const client = clientPin(key);
      // Keyboards differ in how they write an umlaut; it is the same PIN.
      const typed = pinToBytes(other.normalize('NFD'));
      await client.changePin(pinToBytes(PIN), typed);
      await expect(client.getPinToken(pinToBytes(PIN))).rejects.toMatchObject({
        code: 'authenticator.pin_wrong',
      });
      await client.getPinToken(pinToBytes(other));
      await client.changePin(pinToBytes(other), pinToBytes(PIN));
      await client.getPinToken(pinToBytes(PIN));
    });

    it('is changed only by one who knows it, to one that is long enough', async () => {
      const client = clientPin(await openKey());
      const wrong = client.changePin(pinToBytes(WRONG), pinToBytes('424242'));
      await expect(wrong).rejects.toMatchObject({ code: 'authenticator.pin_wrong' });
      const short = client.changePin(pinToBytes(PIN), pinToBytes('12'));
      await expect(short).rejects.toMatchObject({ code: 'authenticator.pin_policy' });
      await client.getPinToken(pinToBytes(PIN));
    });

    it('that is wrong three times in a row waits for the power to be taken away', async (context) => {
      needsPin(context, await infoNow());
      needsRestart(context);
      const all = await retries();
      const first = person({ pins: [WRONG, WRONG, WRONG, PIN] });
      const softLocked = { code: 'authenticator.pin_soft_locked', details: { triesLeft: all - 3 } };
      await expect(signIn(first.talk)).rejects.toMatchObject(softLocked);
      expect(first.asks.map(({ triesLeft }) => triesLeft)).toEqual([all, all - 1, all - 2]);
      // Now even the right one is refused, and costs nothing.
      const error = await rejection(signIn(person().talk));
      expect(error).toBeInstanceOf(KeywrightError);
      expect(error).toMatchObject(softLocked);
      await restart();
      // A key counts on in flash memory; a simulator may have no place to keep its counter.
      if (enrolled !== null) enrolled.signCount = 0;
      const after = person();
      await signIn(after.talk);
      expect(after.asks).toMatchObject([{ triesLeft: all - 3, problem: null }]);
      expect(await retries()).toBe(all);
    });
  });
}
