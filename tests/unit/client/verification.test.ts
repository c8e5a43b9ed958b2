import { describe, expect, it } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { COMMAND, Ctap2, HidDevice, STATUS } from '../../../main/ctap/index.ts';
import type { Layer } from '../../support/keys/messages.ts';
import type { Persona, TestKey } from '../../support/keys/test-key.ts';
import type { FingerResult } from '../../support/keys/test-sensor.ts';
import {
  clientPin,
  creationOptions,
  ORIGIN,
  PIN,
  person,
  rejection,
  requestOptions,
} from '../software-key/helpers.ts';
import { authenticatorOf } from './support.ts';

/** A key with a fingerprint sensor, and somebody whose fingers are right or wrong in this order. */
async function withFingers(persona: Persona, fingers: FingerResult[]) {
  const left = [...fingers];
  const { key, authenticator } = await authenticatorOf({
    persona,
    touch: 'manual',
    onWaiting: (what) => {
      if (what === 'touch') key.touch();
      const next = what === 'finger' ? left.shift() : undefined;
      if (next !== undefined) key.finger(next);
    },
  });
  return { key, authenticator, left };
}

/** Sets a PIN, as another program did some day. */
async function setPin(key: TestKey): Promise<void> {
  const hid = await HidDevice.open(key.connect());
  await clientPin(new Ctap2(hid), 1).setPin(pinToBytes(PIN));
  hid.close();
}

describe.each(['builtInUv', 'builtInUv20'] as const)('a key with a fingerprint sensor (%s)', (persona) => {
  it('makes and signs by the finger alone', async () => {
    const { authenticator } = await withFingers(persona, ['ok', 'ok']);
    const making = person({ pins: [] });
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, making.talk);
    const signing = person({ pins: [] });
    const signed = await authenticator.getAssertion(requestOptions([made.id]), ORIGIN, signing.talk);
    expect(Buffer.from(signed.response.authenticatorData, 'base64url').readUInt8(32) & 0x05).toBe(0x05);
    expect([...making.asks, ...signing.asks]).toEqual([]);
  });

  it('asks again where a finger was not recognised', async () => {
    const { authenticator } = await withFingers(persona, ['bad', 'bad', 'ok']);
    const { talk, asks } = person({ pins: [] });
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(asks).toEqual([]);
  });
});

describe('the conversation about the finger', () => {
  it('tells the tries that are left, and that the last one failed', async () => {
    const { authenticator } = await withFingers('builtInUv', ['bad', 'ok']);
    const { talk, verifications } = person({ pins: [] });
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(verifications).toEqual([
      { triesLeft: 5, failed: false, pinPossible: false },
      { triesLeft: 4, failed: true, pinPossible: false },
    ]);
  });

  it('ends blocked where nothing is recognised and no PIN is set', async () => {
    const { authenticator } = await withFingers('builtInUv', Array(9).fill('bad'));
    const { talk, verifications } = person({ pins: [] });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.uv_blocked' });
    expect(verifications.map(({ triesLeft }) => triesLeft)).toEqual([5, 4, 3, 2, 1]);
  });

  it('gives way to the PIN when the person prefers it', async () => {
    const { key, authenticator } = await withFingers('builtInUv', []);
    await setPin(key);
    const { talk, asks, preferPin, verifications } = person({
      verify: () => setImmediate(() => preferPin.abort()),
    });
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(verifications).toEqual([{ triesLeft: 5, failed: false, pinPossible: true }]);
    expect(asks.map(({ ask }) => ask)).toEqual(['enter']);
  });

  it('gives way to the PIN after as many tries as the key wants, with tries left', async () => {
    const { key, authenticator } = await withFingers('builtInUv', Array(9).fill('bad'));
    await setPin(key);
    const { talk, asks, verifications } = person();
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    // preferredPlatformUvAttempts is 3.
    expect(verifications.map(({ triesLeft }) => triesLeft)).toEqual([5, 4, 3]);
    expect(asks.map(({ ask, triesLeft }) => [ask, triesLeft])).toEqual([['enter', 8]]);
  });

  it('gives way to the PIN where the sensor is blocked, without tokens for it too', async () => {
    const { key, authenticator } = await withFingers('builtInUv20', Array(9).fill('bad'));
    await setPin(key);
    const { talk, asks } = person();
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(asks.map(({ ask }) => ask)).toEqual(['enter']);
  });

  it('is cancelled with the ceremony', async () => {
    const { authenticator } = await withFingers('builtInUv', []);
    const abort = new AbortController();
    const { talk } = person({ signal: abort.signal, verify: () => setTimeout(() => abort.abort(), 20) });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.cancelled' });
  });
});

describe('a proof that the key refuses', () => {
  it('is asked for once more, and not again', async () => {
    const refusing: Layer = (_context, inner) => async (message, running) =>
      message[0] === COMMAND.makeCredential
        ? Uint8Array.of(STATUS.PIN_AUTH_INVALID)
        : inner(message, running);
    const { authenticator } = await authenticatorOf({ persona: 'standard', layers: [refusing] });
    const { talk, asks } = person({ pins: Array(9).fill(PIN) });
    const made = authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(await rejection(made)).toMatchObject({ code: 'authenticator.pin_auth_invalid' });
    expect(asks.map(({ ask }) => ask)).toEqual(['set', 'enter']);
  });
});

describe('a sensor that knows no finger yet', () => {
  it('leaves the verification to the PIN, which is set first', async () => {
    const { authenticator } = await withFingers('noFinger', []);
    const { talk, asks } = person();
    await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(asks.map(({ ask }) => ask)).toEqual(['set']);
  });
});
