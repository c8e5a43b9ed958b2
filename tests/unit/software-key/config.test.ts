import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { decodeKeyFile } from '../../../main/authenticators/software/key-file.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import {
  AuthenticatorConfig,
  COMMAND,
  type Ctap2,
  cborMap,
  encodeCbor,
  makeCredentialExtensions,
  PERMISSION,
} from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import {
  assertion,
  clientPin,
  connect,
  keyWithPin,
  make,
  PIN,
  proof,
  RP_ID,
  statusOf,
  temporaryFolder,
  throwAwayKey,
  tokenFor,
} from './helpers.ts';

const RIGHT = pinToBytes(PIN);
const { acfg, mc, ga } = PERMISSION;

/** The settings of a key, with a token for them where it has a PIN. */
async function configOf(ctap: Ctap2, options: { pin?: string; permissions?: number; version?: 1 | 2 } = {}) {
  const info = await ctap.getInfo();
  const { permissions = acfg, ...rest } = options;
  const rpId = (permissions & (mc | ga)) === 0 ? {} : { rpId: RP_ID };
  const token =
    info.options.clientPin === true ? await tokenFor(ctap, permissions, { ...rest, ...rpId }) : null;
  return new AuthenticatorConfig(ctap, info, token);
}

const minPinLength = makeCredentialExtensions({ minPinLength: true });

describe.each([1, 2] as const)('authenticatorConfig with protocol %i', (version) => {
  it('switches alwaysUv on and off, and off with a reset', async () => {
    const { ctap } = await keyWithPin();
    const { credentialId } = await make(ctap);
    const ids = [credentialId];
    await (await configOf(ctap, { version })).toggleAlwaysUv();
    expect((await ctap.getInfo()).options).toMatchObject({ alwaysUv: true, makeCredUvNotRqd: false });
    expect(await statusOf(make(ctap))).toBe('PUAT_REQUIRED');
    expect(await statusOf(assertion(ctap, { ids }))).toBe('PUAT_REQUIRED');
    await assertion(ctap, { ids, pinUvAuth: await proof(ctap) });
    await (await configOf(ctap, { version })).toggleAlwaysUv();
    expect((await ctap.getInfo()).options).toMatchObject({ alwaysUv: false, makeCredUvNotRqd: true });
    await make(ctap);
    await (await configOf(ctap, { version })).toggleAlwaysUv();
    await ctap.reset();
    expect((await ctap.getInfo()).options.alwaysUv).toBe(false);
  });

  it('raises the shortest length of PINs, never lowers it', async () => {
    const { ctap } = await keyWithPin();
    await (await configOf(ctap, { version })).setMinPINLength({ newMinPINLength: 6 });
    expect(await ctap.getInfo()).toMatchObject({ minPINLength: 6, forcePINChange: false });
    expect(await statusOf(clientPin(ctap).changePin(RIGHT, pinToBytes('12345')))).toBe(
      'PIN_POLICY_VIOLATION',
    );
    const lower = (await configOf(ctap, { version })).setMinPINLength({ newMinPINLength: 5 });
    expect(await statusOf(lower)).toBe('PIN_POLICY_VIOLATION');
    const beyond = (await configOf(ctap, { version })).setMinPINLength({ newMinPINLength: 64 });
    expect(await statusOf(beyond)).toBe('PIN_POLICY_VIOLATION');
    await ctap.reset();
    expect((await ctap.getInfo()).minPINLength).toBe(4);
  });

  it('has a PIN that is too short changed before it works again', async () => {
    const { ctap } = await keyWithPin();
    const pin = clientPin(ctap, version);
    const config = await configOf(ctap, { version });
    await config.setMinPINLength({ newMinPINLength: 7 });
    expect((await ctap.getInfo()).forcePINChange).toBe(true);
    // The token itself came by a PIN that is not good enough any more.
    expect(await statusOf(config.toggleAlwaysUv())).toBe('PIN_AUTH_INVALID');
    expect(await statusOf(pin.getPinToken(RIGHT))).toBe('PIN_INVALID');
    expect(await statusOf(tokenFor(ctap, acfg, { version }))).toBe('PIN_INVALID');
    expect((await pin.getPinRetries()).retries).toBe(8);
    await pin.changePin(RIGHT, pinToBytes('1357902'));
    expect((await ctap.getInfo()).forcePINChange).toBe(false);
    await pin.getPinToken(pinToBytes('1357902'));
  });

  it('has a PIN changed because somebody says so, into another one', async () => {
    const { ctap } = await keyWithPin();
    const pin = clientPin(ctap, version);
    await (await configOf(ctap, { version })).setMinPINLength({ forceChangePin: true });
    expect(await ctap.getInfo()).toMatchObject({ forcePINChange: true, minPINLength: 4 });
    expect(await statusOf(pin.changePin(RIGHT, RIGHT))).toBe('PIN_POLICY_VIOLATION');
    expect((await ctap.getInfo()).forcePINChange).toBe(true);
    await pin.changePin(RIGHT, pinToBytes('1234'));
    await pin.getPinToken(pinToBytes('1234'));
  });

  it('lets only the named relying parties learn the shortest length', async () => {
    const { ctap } = await keyWithPin();
    const learnt = async (rpId: string) => (await make(ctap, { rpId, extensions: minPinLength })).extensions;
    expect(await learnt(RP_ID)).toBeNull();
    await (await configOf(ctap, { version })).setMinPINLength({ minPinLengthRPIDs: [RP_ID, 'b.example'] });
    expect(await learnt(RP_ID)).toEqual(new Map([['minPinLength', 4]]));
    expect(await learnt('example.org')).toBeNull();
    expect((await make(ctap)).extensions).toBeNull();
    const many = Array.from({ length: 9 }, (_, i) => `${i}.example`);
    const tooMany = (await configOf(ctap, { version })).setMinPINLength({ minPinLengthRPIDs: many });
    expect(await statusOf(tooMany)).toBe('KEY_STORE_FULL');
    await (await configOf(ctap, { version })).setMinPINLength({ minPinLengthRPIDs: ['example.org'] });
    expect(await learnt(RP_ID)).toBeNull();
    expect(await learnt('example.org')).toEqual(new Map([['minPinLength', 4]]));
  });
});

describe('authenticatorConfig', () => {
  it('wants the permission acfg, and a proof over the very parameters', async () => {
    const { ctap } = await keyWithPin();
    const wrong = await configOf(ctap, { permissions: mc | ga });
    expect(await statusOf(wrong.toggleAlwaysUv())).toBe('PIN_AUTH_INVALID');
    const send = (entries: Parameters<typeof cborMap>[0]) =>
      statusOf(ctap.send(COMMAND.config, cborMap(entries)));
    const token = await tokenFor(ctap, acfg);
    const seven = cborMap([[0x01, 7]]);
    const head = Buffer.concat([Buffer.alloc(32, 0xff), Buffer.of(0x0d, 0x03)]);
    const { param } = token.authenticate(Buffer.concat([head, encodeCbor(seven)]));
    const other = cborMap([[0x01, 8]]);
    expect(
      await send([
        [1, 3],
        [2, other],
        [3, 2],
        [4, param],
      ]),
    ).toBe('PIN_AUTH_INVALID');
    expect(
      await send([
        [1, 3],
        [2, seven],
        [4, param],
      ]),
    ).toBe('MISSING_PARAMETER');
    expect(
      await send([
        [1, 3],
        [2, seven],
      ]),
    ).toBe('PUAT_REQUIRED');
    expect(await send([[1, 2]])).toBe('PUAT_REQUIRED');
    expect(await send([])).toBe('MISSING_PARAMETER');
    expect(await send([[1, 1]])).toBe('INVALID_PARAMETER');
    expect((await ctap.getInfo()).minPINLength).toBe(4);
  });

  it('needs no proof where there is no PIN, unless the PIN is always wanted', async () => {
    const { ctap } = await throwAwayKey();
    const config = await configOf(ctap);
    expect(await statusOf(config.setMinPINLength({ forceChangePin: true }))).toBe('PIN_NOT_SET');
    await config.setMinPINLength({ newMinPINLength: 8, minPinLengthRPIDs: [RP_ID] });
    expect(await ctap.getInfo()).toMatchObject({
      minPINLength: 8,
      maxRPIDsForSetMinPINLength: 8,
      forcePINChange: false,
    });
    expect(await statusOf(clientPin(ctap).setPin(RIGHT))).toBe('PIN_POLICY_VIOLATION');
    await config.toggleAlwaysUv();
    expect(await statusOf(config.setMinPINLength({ newMinPINLength: 9 }))).toBe('PUAT_REQUIRED');
    await config.toggleAlwaysUv();
    expect((await ctap.getInfo()).options.alwaysUv).toBe(false);
  });
});

describe('a key with a file', () => {
  it('keeps its rules for PINs, and knows them while it is locked', async () => {
    const keyId = '01920000-0000-7000-8000-000000000006';
    const path = join(await temporaryFolder(), `${keyId}.swkey`);
    const open = async () => {
      const file = await readFile(path).then(
        (bytes) => decodeKeyFile(bytes, keyId),
        () => null,
      );
      const device = new SoftwareDevice({ keyId, clock: systemClock, home: { path, file } });
      onTestFinished(() => device.close());
      return { device, ...(await connect(device)) };
    };
    const first = await open();
    await clientPin(first.ctap).setPin(RIGHT);
    expect(await statusOf((await configOf(first.ctap)).toggleAlwaysUv())).toBe('OPERATION_DENIED');
    const config = await configOf(first.ctap);
    await config.setMinPINLength({ newMinPINLength: 8, minPinLengthRPIDs: [RP_ID] });
    await first.device.close();

    const second = await open();
    expect(await second.ctap.getInfo()).toMatchObject({ minPINLength: 8, forcePINChange: true });
    expect(await statusOf(tokenFor(second.ctap, acfg))).toBe('PIN_INVALID');
    await clientPin(second.ctap).changePin(RIGHT, pinToBytes('13579024'));
    await second.device.close();

    const third = await open();
    expect(await third.ctap.getInfo()).toMatchObject({ minPINLength: 8, forcePINChange: false });
    const timer = setInterval(() => third.device.touch(), 5);
    onTestFinished(() => clearInterval(timer));
    const pinUvAuth = await proof(third.ctap, { pin: '13579024' });
    const made = await make(third.ctap, { extensions: minPinLength, pinUvAuth });
    expect(made.extensions).toEqual(new Map([['minPinLength', 8]]));
  });
});
