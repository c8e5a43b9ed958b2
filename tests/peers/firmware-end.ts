import { beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { person, rejection, requestOptions } from '../unit/software-key/helpers.ts';
import {
  connect,
  descriptor,
  infoNow,
  type Known,
  make,
  needsPin,
  needsRestart,
  ORIGIN,
  openAuthenticator,
  openKey,
  PIN,
  reset,
  restart,
  sign,
} from './firmware.ts';

const WRONG = '864209';
/** More turns than it takes to lock any authenticator. */
const MANY = 10;
const NAMED = 'named.example';
const KEPT = 'kept.example';

/** Tries to sign, with one PIN after the other. */
async function signWith(made: Known, pins: string[]): Promise<unknown> {
  const authenticator = await openAuthenticator();
  const request = requestOptions([toBase64url(made.id)], { rpId: made.rpId });
  try {
    return await authenticator.getAssertion(request, ORIGIN, person({ pins }).talk);
  } finally {
    await authenticator.close();
  }
}

/** What ends all that the firmware holds. */
export function end(): void {
  describe('the end', () => {
    let named: Known;
    let kept: Known;

    beforeAll(async () => {
      const key = await connect();
      named = await make(key, { rpId: NAMED });
      kept = await make(key, { rpId: KEPT, rk: key.info.options.rk === true });
      key.hid.close();
    });

    it('of a PIN comes after too many wrong ones, and no power cycle helps', async (context) => {
      needsPin(context, await infoNow());
      needsRestart(context);
      const left: unknown[] = [];
      let error: unknown;
      for (let turn = 0; turn < MANY; turn += 1) {
        error = await rejection(signWith(named, [WRONG, WRONG, WRONG]));
        if (!(error instanceof KeywrightError) || error.code !== 'authenticator.pin_soft_locked') break;
        left.push(error.details?.triesLeft);
        await restart();
      }
      const locked = { code: 'authenticator.pin_locked', details: { triesLeft: 0 } };
      expect(error).toMatchObject(locked);
      expect(left).toEqual([5, 2]);
      await expect(signWith(named, [PIN])).rejects.toMatchObject(locked);
      await restart();
      await expect(signWith(named, [PIN])).rejects.toMatchObject(locked);
    });

    it('of everything comes with a reset', async (context) => {
      context.skip(!(await reset()), 'the firmware resets only shortly after it got power');
      const key = await openKey();
      expect(key.info.options.clientPin).not.toBe(true);
      const none = { code: 'authenticator.no_credentials' };
      const byId = sign(key, { rpId: NAMED, allowList: [descriptor(named)] });
      await expect(byId).rejects.toMatchObject(none);
      const byIdToo = sign(key, { rpId: KEPT, allowList: [descriptor(kept)] });
      await expect(byIdToo).rejects.toMatchObject(none);
      if (key.info.options.rk === true) await expect(sign(key, { rpId: KEPT })).rejects.toMatchObject(none);
      // It can be used like a new one.
      const made = await make(key, { rpId: NAMED });
      const signed = await sign(key, { rpId: NAMED, allowList: [descriptor(made)] });
      expect(signed.answers).toHaveLength(1);
    });
  });
}
