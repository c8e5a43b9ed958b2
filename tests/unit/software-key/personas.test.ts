import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { openUdpPipe } from '../../../main/authenticators/usb/udp-pipe.ts';
import {
  ApduError,
  COMMAND,
  CredentialManagement,
  Ctap1,
  Ctap2,
  cborMap,
  HidDevice,
  PERMISSION,
  type PinUvAuthToken,
  U2fAsCtap2,
} from '../../../main/ctap/index.ts';
import { openTestKey, type Persona, type TestKeyOptions } from '../../support/keys/test-key.ts';
import { openUdpTestKey } from '../../support/keys/udp-test-key.ts';
import { freeAddresses } from '../usb/udp-key.ts';
import {
  assertion,
  clientPin,
  HASH,
  make,
  PIN,
  parseAuthenticatorData,
  RP_ID,
  rejection,
  signatureHolds,
  statusOf,
} from './helpers.ts';

const UV = 0x04;

async function open(persona: Persona, options: Partial<TestKeyOptions> = {}) {
  const key = await openTestKey({ persona, ...options });
  onTestFinished(() => key.close());
  const hid = await HidDevice.open(key.connect());
  return { key, hid, ctap: new Ctap2(hid) };
}

const proven = (token: PinUvAuthToken) => ({ pinUvAuth: token.authenticate(HASH) });
const tokenByFinger = (ctap: Ctap2, permissions: number = PERMISSION.mc | PERMISSION.ga) =>
  clientPin(ctap).getPinUvAuthTokenUsingUvWithPermissions(permissions, RP_ID);

/** makeCredential and getAssertion with the option `uv`, as under CTAP 2.0. */
function withUvOption(ctap: Ctap2) {
  const common = { clientDataHash: HASH, options: { uv: true } };
  return {
    make: () =>
      ctap.makeCredential({
        ...common,
        rp: { id: RP_ID },
        user: { id: Buffer.from('user') },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      }),
    sign: (id: Uint8Array) =>
      ctap.getAssertion({ ...common, rpId: RP_ID, allowList: [{ id, type: 'public-key' }] }),
  };
}

describe('a key with a fingerprint sensor', () => {
  it('says so, and gives a token for a finger that spares the touch', async () => {
    const waited: string[] = [];
    const { ctap } = await open('builtInUv', { onWaiting: (waiting) => waited.push(waiting) });
    const info = await ctap.getInfo();
    expect(info.options).toMatchObject({ uv: true, clientPin: false, pinUvAuthToken: true });
    expect(info).toMatchObject({ preferredPlatformUvAttempts: 3, uvModality: 2 });
    const made = await make(ctap, { rk: true, ...proven(await tokenByFinger(ctap)) });
    expect(made.flags & UV).toBe(UV);
    const signed = await assertion(ctap, { ids: [made.credentialId], ...proven(await tokenByFinger(ctap)) });
    expect(signatureHolds(made.publicKey, signed)).toBe(true);
    expect(waited).toEqual(['finger', 'finger']);
  });

  it('counts bad fingers, is blocked after five, and works again after the PIN', async () => {
    const opened = await open('builtInUv', { touch: 'manual', onWaiting: () => opened.key.finger('bad') });
    const { ctap } = opened;
    const pin = clientPin(ctap);
    await pin.setPin(pinToBytes(PIN));
    const seen: unknown[] = [];
    for (let n = 0; n < 6; n += 1) {
      seen.push([await statusOf(tokenByFinger(ctap)), await pin.getUvRetries()]);
    }
    expect(seen).toEqual([
      ['UV_INVALID', 4],
      ['UV_INVALID', 3],
      ['UV_INVALID', 2],
      ['UV_INVALID', 1],
      ['UV_BLOCKED', 0],
      ['UV_BLOCKED', 0],
    ]);
    await pin.getPinToken(pinToBytes(PIN));
    expect(await pin.getUvRetries()).toBe(5);
  });

  it('can be cancelled while it waits for a finger', async () => {
    const abort = new AbortController();
    const { ctap } = await open('builtInUv', { touch: 'manual', onWaiting: () => abort.abort() });
    const token = clientPin(ctap).getPinUvAuthTokenUsingUvWithPermissions(PERMISSION.mc, RP_ID, {
      signal: abort.signal,
    });
    await expect(token).rejects.toMatchObject({ code: 'authenticator.cancelled' });
    expect(await clientPin(ctap).getUvRetries()).toBe(5);
  });

  it.each<Persona>(['builtInUv', 'builtInUv20'])(
    'verifies by the option uv as well (%s)',
    async (persona) => {
      const { ctap } = await open(persona);
      const { make: makeUv, sign } = withUvOption(ctap);
      const { authData } = await makeUv();
      const made = parseAuthenticatorData(authData);
      expect(made.flags & UV).toBe(UV);
      const signed = await sign(made.credentialId);
      expect(parseAuthenticatorData(signed.authData).flags & UV).toBe(UV);
      expect(signatureHolds(made.publicKey, signed)).toBe(true);
    },
  );

  it('asks for the PIN instead where the option uv finds the sensor blocked', async () => {
    const opened = await open('builtInUv', { touch: 'manual', onWaiting: () => opened.key.finger('bad') });
    expect(await statusOf(withUvOption(opened.ctap).make())).toBe('UV_BLOCKED');
    await clientPin(opened.ctap).setPin(pinToBytes(PIN));
    expect(await statusOf(withUvOption(opened.ctap).make())).toBe('PUAT_REQUIRED');
  });

  it('makes no resident credential without a finger or the PIN', async () => {
    const { ctap } = await open('builtInUv');
    expect(await statusOf(make(ctap, { rk: true }))).toBe('PUAT_REQUIRED');
    await make(ctap);
  });

  it('has none to ask for under CTAP 2.0, and none while no finger is known', async () => {
    const old = await open('builtInUv20');
    const info = await old.ctap.getInfo();
    expect(info.options.uv).toBe(true);
    expect(info.options.pinUvAuthToken).toBeUndefined();
    expect(await statusOf(clientPin(old.ctap, 1).getUvRetries())).toBe('INVALID_PARAMETER');
    const fresh = await open('noFinger');
    expect((await fresh.ctap.getInfo()).options.uv).toBe(false);
    expect(await statusOf(tokenByFinger(fresh.ctap))).toBe('INVALID_SUBCOMMAND');
    expect(await statusOf(withUvOption(fresh.ctap).make())).toBe('INVALID_OPTION');
  });
});

describe('a key of CTAP 2.0', () => {
  it('has old tokens, protocol 1 and credential management by 0x41 only', async () => {
    const { ctap } = await open('ctap20');
    const info = await ctap.getInfo();
    expect(info).toMatchObject({
      versions: ['FIDO_2_0', 'FIDO_2_1_PRE'],
      options: { rk: true, up: true, plat: false, clientPin: false, credentialMgmtPreview: true },
      pinUvAuthProtocols: [1],
      maxMsgSize: 1200,
      maxCredentialCountInList: undefined,
    });
    expect(Object.keys(info.options)).toHaveLength(5);
    const pin = clientPin(ctap, 1);
    await pin.setPin(pinToBytes(PIN));
    expect(await statusOf(clientPin(ctap, 2).getPinToken(pinToBytes(PIN)))).toBe('INVALID_PARAMETER');
    const modern = pin.getPinUvAuthTokenUsingPinWithPermissions(pinToBytes(PIN), PERMISSION.mc, RP_ID);
    expect(await statusOf(modern)).toBe('INVALID_PARAMETER');
    expect(await statusOf(ctap.send(COMMAND.selection, undefined))).toBe('INVALID_COMMAND');
    expect(await statusOf(ctap.send(COMMAND.credentialManagement, cborMap([[1, 1]])))).toBe(
      'INVALID_COMMAND',
    );
    expect(await statusOf(make(ctap))).toBe('PUAT_REQUIRED');

    const made = await make(ctap, { rk: true, ...proven(await pin.getPinToken(pinToBytes(PIN))) });
    const token = await pin.getPinToken(pinToBytes(PIN));
    const management = new CredentialManagement(ctap, info, token);
    expect(await management.enumerateRps()).toMatchObject([{ rpId: RP_ID }]);
    await management.deleteCredential({ id: made.credentialId, type: 'public-key' });
    expect(await management.enumerateRps()).toEqual([]);
  });
});

describe('a key of U2F alone', () => {
  const rpIdHash = createHash('sha256').update(RP_ID).digest();
  const request = { clientDataHash: HASH, rpIdHash };

  it('registers with an attestation that holds, and signs', async () => {
    const { hid } = await open('u2f');
    expect(hid.supportsCbor).toBe(false);
    const ctap1 = new Ctap1(hid);
    expect(await ctap1.version()).toBe('U2F_V2');
    const { publicKey, keyHandle, certificate, signature } = await ctap1.register(request);
    const signed = Buffer.concat([Uint8Array.of(0), rpIdHash, HASH, keyHandle, publicKey]);
    const { publicKey: attesting } = new X509Certificate(certificate);
    expect(signatureHolds(attesting, { authData: signed, signature }, Buffer.alloc(0))).toBe(true);
    expect(await ctap1.knows({ ...request, keyHandle })).toBe(true);
    expect(await ctap1.knows({ ...request, rpIdHash: HASH, keyHandle })).toBe(false);
    const first = await ctap1.authenticate({ ...request, keyHandle }, 'enforce');
    const second = await ctap1.authenticate({ ...request, keyHandle }, 'dontEnforce');
    expect([first.userPresence, second.userPresence]).toEqual([1, 0]);
    expect(second.counter).toBe(first.counter + 1);
  });

  it('is a CTAP2 key for a client that wants one', async () => {
    const { hid } = await open('u2f');
    const ctap2 = new U2fAsCtap2(new Ctap1(hid));
    const made = await ctap2.makeCredential({
      clientDataHash: HASH,
      rp: { id: RP_ID },
      user: { id: Buffer.from('user') },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    });
    const { credentialId, publicKey } = parseAuthenticatorData(made.authData);
    const signed = await ctap2.getAssertion({
      rpId: RP_ID,
      clientDataHash: HASH,
      allowList: [{ id: credentialId, type: 'public-key' }],
    });
    expect(signatureHolds(publicKey, signed)).toBe(true);
  });

  it('waits for a touch, which is good for one command', async () => {
    const { hid, key } = await open('u2f', { touch: 'manual' });
    const ctap1 = new Ctap1(hid, { interval: 5, touch: 2000 });
    const data = Buffer.concat([HASH, rpIdHash]);
    const once = () => ctap1.send({ ins: 0x01, data });
    const refused = (error: unknown) => ApduError.is(error, 'CONDITIONS_NOT_SATISFIED');
    expect(refused(await rejection(once()))).toBe(true);
    expect(refused(await rejection(once()))).toBe(true);
    key.touch();
    await once();
    expect(refused(await rejection(once()))).toBe(true);
    key.touch();
    await ctap1.register(request);
  });

  it('names what is wrong with a command, and knows no CTAP2', async () => {
    const { hid, ctap } = await open('u2f');
    const ctap1 = new Ctap1(hid);
    const failure = async (run: Promise<unknown>) => {
      const error = await rejection(run);
      return error instanceof ApduError ? error.statusWord.toString(16) : error;
    };
    expect(await failure(ctap1.send({ cla: 1, ins: 3 }))).toBe('6e00');
    expect(await failure(ctap1.send({ ins: 0x40 }))).toBe('6d00');
    expect(await failure(ctap1.send({ ins: 1, data: new Uint8Array(63) }))).toBe('6700');
    expect(await failure(ctap1.send({ ins: 2, p1: 3, data: new Uint8Array(66) }))).toBe('6700');
    expect(await failure(ctap1.authenticate({ ...request, keyHandle: HASH }, 'enforce'))).toBe('6a80');
    expect(await statusOf(ctap.getInfo())).toBe('INVALID_COMMAND');
    // Lengths of one byte are understood too.
    expect(Buffer.from(await hid.msg(Uint8Array.of(0, 3, 0, 0))).toString('latin1')).toBe('U2F_V2\x90\x00');
    const short = Buffer.concat([Uint8Array.of(0, 1, 0, 0, 64), HASH, rpIdHash]);
    expect((await hid.msg(short)).length).toBeGreaterThan(64);
  });
});

describe('a test key over UDP', () => {
  it('goes and comes back at the same port', async () => {
    const addresses = await freeAddresses();
    const key = await openUdpTestKey({ persona: 'u2f', listen: addresses.device, answer: addresses.answers });
    onTestFinished(() => key.close());
    expect(key.port).toBe(addresses.device.port);
    const version = async () => {
      const hid = await HidDevice.open(await openUdpPipe(addresses));
      try {
        return await new Ctap1(hid).version();
      } finally {
        hid.close();
      }
    };
    expect(await version()).toBe('U2F_V2');
    await key.unplug();
    await expect(version()).rejects.toMatchObject({ code: 'authenticator.removed' });
    await key.plug();
    expect(await version()).toBe('U2F_V2');
  });

  it('is a program that does what it is told', async () => {
    const { device, answers } = await freeAddresses();
    const at = ({ host, port }: { host: string; port: number }) => `${host}:${port}`;
    const program = new URL('../../support/udp-key.ts', import.meta.url).pathname;
    const args = [
      '--listen',
      at(device),
      '--answer',
      at(answers),
      '--persona',
      'builtInUv',
      '--touch',
      'stdin',
    ];
    const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () => (await lines.next()).value;
    expect(await line()).toBe(`ready ${device.port}`);
    const hid = await HidDevice.open(await openUdpPipe({ device, answers }));
    const ctap = new Ctap2(hid);
    const refused = statusOf(tokenByFinger(ctap));
    expect(await line()).toBe('waiting finger');
    child.stdin.write('finger bad\n');
    expect(await refused).toBe('UV_INVALID');
    expect(await line()).toBe('done finger bad');
    const made = make(ctap);
    expect(await line()).toBe('waiting touch');
    child.stdin.write('touch\n');
    expect(await line()).toBe('done touch');
    expect((await made).flags & UV).toBe(0);
    hid.close();
    child.stdin.write('unplug\nplug\n');
    expect([await line(), await line()]).toEqual(['done unplug', 'done plug']);
    const again = new Ctap2(await HidDevice.open(await openUdpPipe({ device, answers })));
    expect((await again.getInfo()).options.uv).toBe(true);
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
