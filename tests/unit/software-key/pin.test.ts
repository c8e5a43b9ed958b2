import { describe, expect, it } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { PERMISSION } from '../../../main/ctap/index.ts';
import {
  assertion,
  clientPin,
  connect,
  HASH,
  make,
  PIN,
  proof,
  RP_ID,
  statusOf,
  throwAwayKey,
} from './helpers.ts';

const WRONG = pinToBytes('000000');
const RIGHT = pinToBytes(PIN);
const { mc, ga } = PERMISSION;

describe.each([1, 2] as const)('clientPIN with protocol %i', (version) => {
  it('sets a PIN once, changes it, and gives tokens that work', async () => {
    const { ctap } = await throwAwayKey();
    const pin = clientPin(ctap, version);
    expect(await statusOf(pin.getPinToken(RIGHT))).toBe('PIN_NOT_SET');
    await pin.setPin(RIGHT);
    expect((await ctap.getInfo()).options.clientPin).toBe(true);
    expect(await statusOf(pin.setPin(RIGHT))).toBe('PIN_AUTH_INVALID');

    const { credentialId, flags } = await make(ctap, { pinUvAuth: await proof(ctap, { version }) });
    expect(flags).toBe(0x45);
    await pin.changePin(RIGHT, pinToBytes('new pin'));
    expect(await statusOf(pin.getPinToken(RIGHT))).toBe('PIN_INVALID');
    const pinUvAuth = await proof(ctap, { version, pin: 'new pin' });
    await expect(assertion(ctap, { ids: [credentialId], pinUvAuth })).resolves.toBeDefined();
  });

  it('gives a legacy token for mc and ga, bound to the first relying party', async () => {
    const { ctap } = await throwAwayKey();
    const pin = clientPin(ctap, version);
    await pin.setPin(RIGHT);
    const token = await pin.getPinToken(RIGHT);
    const pinUvAuth = token.authenticate(HASH);
    const silent = { ids: [new Uint8Array(32)], up: false, pinUvAuth };
    expect(await statusOf(assertion(ctap, silent))).toBe('NO_CREDENTIALS');
    expect(await statusOf(assertion(ctap, { ...silent, rpId: 'example.org' }))).toBe('PIN_AUTH_INVALID');
    expect((await make(ctap, { pinUvAuth })).flags).toBe(0x45);
  });

  it('locks softly after three wrong PINs in a row until power is lost, and for good after eight', async () => {
    const { device, ctap } = await throwAwayKey();
    await clientPin(ctap, version).setPin(RIGHT);
    let client = clientPin(ctap, version);
    const seen = async () => [
      await statusOf(client.getPinToken(WRONG)),
      (await client.getPinRetries()).retries,
    ];
    const plugAgain = async () => {
      await device.powerCycle();
      client = clientPin((await connect(device)).ctap, version);
    };
    expect(await seen()).toEqual(['PIN_INVALID', 7]);
    expect(await seen()).toEqual(['PIN_INVALID', 6]);
    expect(await seen()).toEqual(['PIN_AUTH_BLOCKED', 5]);
    expect(await client.getPinRetries()).toEqual({ retries: 5, powerCycleState: true });
    // While it waits for that, nothing is tried any more: not even the right PIN.
    expect(await seen()).toEqual(['PIN_AUTH_BLOCKED', 5]);
    expect(await statusOf(client.getPinToken(RIGHT))).toBe('PIN_AUTH_BLOCKED');
    expect(await statusOf(client.changePin(RIGHT, RIGHT))).toBe('PIN_AUTH_BLOCKED');

    await plugAgain();
    expect(await client.getPinRetries()).toEqual({ retries: 5, powerCycleState: false });
    expect(await seen()).toEqual(['PIN_INVALID', 4]);
    expect(await seen()).toEqual(['PIN_INVALID', 3]);
    expect(await seen()).toEqual(['PIN_AUTH_BLOCKED', 2]);
    await plugAgain();
    expect(await seen()).toEqual(['PIN_INVALID', 1]);
    expect(await seen()).toEqual(['PIN_BLOCKED', 0]);
    await plugAgain();
    expect(await statusOf(client.getPinToken(RIGHT))).toBe('PIN_BLOCKED');
    expect(await statusOf(client.changePin(RIGHT, RIGHT))).toBe('PIN_BLOCKED');
  });

  it('gives all retries back after the right PIN', async () => {
    const { ctap } = await throwAwayKey();
    const pin = clientPin(ctap, version);
    await pin.setPin(RIGHT);
    for (let round = 0; round < 4; round += 1) {
      expect(await statusOf(pin.getPinToken(WRONG))).toBe('PIN_INVALID');
      expect(await statusOf(pin.getPinToken(WRONG))).toBe('PIN_INVALID');
      await pin.getPinToken(RIGHT);
      expect(await pin.getPinRetries()).toEqual({ retries: 8, powerCycleState: false });
    }
  });

  it('refuses PINs against the rules and keeps the old one', async () => {
    const { ctap } = await throwAwayKey();
    const pin = clientPin(ctap, version);
    expect(await statusOf(pin.setPin(pinToBytes('123')))).toBe('PIN_POLICY_VIOLATION');
    // Three code points in twelve bytes are still too short.
    expect(await statusOf(pin.setPin(pinToBytes('🔑🔑🔑')))).toBe('PIN_POLICY_VIOLATION');
    await expect(pin.setPin(new Uint8Array(64).fill(0x31))).rejects.toMatchObject({
      code: 'authenticator.pin_policy',
    });
    await pin.setPin(new Uint8Array(63).fill(0x31));
    expect(await statusOf(pin.changePin(new Uint8Array(63).fill(0x31), pinToBytes('12')))).toBe(
      'PIN_POLICY_VIOLATION',
    );
    await pin.getPinToken(new Uint8Array(63).fill(0x31));
  });
});

describe('a token', () => {
  const withPin = async () => {
    const key = await throwAwayKey();
    await clientPin(key.ctap).setPin(RIGHT);
    return key;
  };

  it('is good for its permission only', async () => {
    const { ctap } = await withPin();
    const forAssertion = await proof(ctap, { permissions: ga });
    expect(await statusOf(make(ctap, { pinUvAuth: forAssertion }))).toBe('PIN_AUTH_INVALID');
    const forMaking = await proof(ctap, { permissions: mc });
    const ids = [new Uint8Array(32)];
    expect(await statusOf(assertion(ctap, { ids, pinUvAuth: forMaking }))).toBe('PIN_AUTH_INVALID');
  });

  it('is good for its relying party only', async () => {
    const { ctap } = await withPin();
    const pinUvAuth = await proof(ctap, { rpId: 'example.org' });
    expect(await statusOf(make(ctap, { pinUvAuth }))).toBe('PIN_AUTH_INVALID');
  });

  it('is good for one touch only', async () => {
    const { ctap } = await withPin();
    const pinUvAuth = await proof(ctap);
    await make(ctap, { pinUvAuth });
    expect(await statusOf(make(ctap, { pinUvAuth }))).toBe('PIN_AUTH_INVALID');
  });

  it('dies when the key is taken out, when another is issued and when the PIN is changed', async () => {
    const { ctap, device } = await withPin();
    const first = await proof(ctap);
    const second = await proof(ctap);
    expect(await statusOf(make(ctap, { pinUvAuth: first }))).toBe('PIN_AUTH_INVALID');
    await clientPin(ctap).changePin(RIGHT, RIGHT);
    expect(await statusOf(make(ctap, { pinUvAuth: second }))).toBe('PIN_AUTH_INVALID');
    const third = await proof(ctap);
    await device.powerCycle();
    const again = await connect(device);
    expect(await statusOf(make(again.ctap, { pinUvAuth: third }))).toBe('PIN_AUTH_INVALID');
  });

  it('expires 30 s after it was issued where it was not used', async () => {
    let now = 1_000_000;
    const { ctap } = await throwAwayKey({ clock: { now: () => now } });
    await clientPin(ctap).setPin(RIGHT);
    const inTime = await proof(ctap);
    now += 30_000;
    await make(ctap, { pinUvAuth: inTime });
    const tooLate = await proof(ctap);
    now += 30_001;
    expect(await statusOf(make(ctap, { pinUvAuth: tooLate }))).toBe('PIN_AUTH_INVALID');
  });

  it('is not given for what the key cannot do, for nothing, or for no relying party', async () => {
    const { ctap } = await withPin();
    const ask = (permissions: number, rpId: string | undefined = RP_ID) =>
      clientPin(ctap).getPinUvAuthTokenUsingPinWithPermissions(RIGHT, permissions, rpId);
    expect(await statusOf(ask(PERMISSION.be))).toBe('UNAUTHORIZED_PERMISSION');
    expect(await statusOf(ask(mc | PERMISSION.pcmr))).toBe('UNAUTHORIZED_PERMISSION');
    expect(await statusOf(ask(0))).toBe('INVALID_PARAMETER');
    const noRp = clientPin(ctap).getPinUvAuthTokenUsingPinWithPermissions(RIGHT, mc, undefined);
    expect(await statusOf(noRp)).toBe('MISSING_PARAMETER');
    expect((await clientPin(ctap).getPinRetries()).retries).toBe(8);
  });

  it('cannot be made up', async () => {
    const { ctap } = await withPin();
    for (const param of [new Uint8Array(32), new Uint8Array(16), new Uint8Array(1)]) {
      expect(await statusOf(make(ctap, { pinUvAuth: { param, protocol: 2 } }))).toBe('PIN_AUTH_INVALID');
    }
    const { param } = await proof(ctap);
    expect(await statusOf(make(ctap, { pinUvAuth: { param, protocol: 1 } }))).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(make(ctap, { pinUvAuth: { param, protocol: 3 } }))).toBe('INVALID_PARAMETER');
  });
});
