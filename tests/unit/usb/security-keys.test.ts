import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openUdpSoftwareKey } from '../../../main/authenticators/index.ts';
import { createSecurityKeys } from '../../../main/authenticators/usb/security-keys.ts';
import type { SecurityKeyDevice } from '../../../main/authenticators/usb/types.ts';
import { openUdpPipe } from '../../../main/authenticators/usb/udp-pipe.ts';
import { COMMAND, cborMap, decodeCbor, encodeCbor, STATUS } from '../../../main/ctap/index.ts';
import type { CtapSimulator } from '../../../main/platform/index.ts';
import { fromBase64url } from '../../../shared/domain/index.ts';
import {
  creationOptions,
  ORIGIN,
  parseAuthenticatorData,
  person,
  requestOptions,
  sha256,
  signatureHolds,
} from '../software-key/helpers.ts';
import { freeAddresses, scriptedKey, touchableKey } from './udp-key.ts';

function simulated(...udp: CtapSimulator[]) {
  return createSecurityKeys({ udp, linux: null });
}

async function onlyId(keys: ReturnType<typeof simulated>): Promise<string> {
  const [device, ...others] = await keys.list();
  if (device === undefined || others.length > 0) throw new Error('not exactly one key');
  return device.id;
}

function never(): AbortSignal {
  return new AbortController().signal;
}

describe('a simulated security key', () => {
  it('is listed while it runs', async () => {
    const addresses = await freeAddresses();
    const keys = simulated(addresses);
    expect(await keys.list()).toEqual([]);
    const key = await openUdpSoftwareKey({ listen: addresses.device, answer: addresses.answers });
    const expected = {
      id: `udp-127.0.0.1:${addresses.device.port}`,
      name: `Simulated security key at 127.0.0.1:${addresses.device.port}`,
      vendor: null,
      product: null,
      serial: null,
      transport: 'simulator',
      accessible: true,
      problem: null,
    };
    expect(await keys.list()).toEqual([expected]);
    await key.close();
    expect(await keys.list()).toEqual([]);
    await expect(keys.open(expected.id)).rejects.toMatchObject({ code: 'authenticator.not_found' });
  });

  it('makes a passkey and signs with it', async () => {
    const addresses = await freeAddresses();
    const key = await openUdpSoftwareKey({ listen: addresses.device, answer: addresses.answers });
    onTestFinished(() => key.close());
    const keys = simulated(addresses);
    const authenticator = await keys.open(await onlyId(keys));
    expect(authenticator.kind).toBe('securityKey');
    const { talk, asks, phases } = person();
    const made = await authenticator.makeCredential(creationOptions(), ORIGIN, talk);
    expect(asks).toMatchObject([{ ask: 'set' }]);
    const object = decodeCbor(fromBase64url(made.response.attestationObject));
    const authData = object instanceof Map ? object.get('authData') : null;
    if (!(authData instanceof Uint8Array)) throw new Error('no authData');
    const signer = person();
    const signed = await authenticator.getAssertion(requestOptions([made.id]), ORIGIN, signer.talk);
    const parts = {
      authData: fromBase64url(signed.response.authenticatorData),
      signature: fromBase64url(signed.response.signature),
    };
    const { publicKey } = parseAuthenticatorData(authData);
    expect(signatureHolds(publicKey, parts, sha256(signed.response.clientDataJSON))).toBe(true);
    expect(phases[0]).toBe('connecting');
    await authenticator.close();
    // The port for the answers is free again.
    await (await keys.open(await onlyId(keys))).close();
  });

  it('is busy while another program has the port for its answers, but not while it is in use here', async () => {
    const addresses = await freeAddresses();
    await touchableKey(addresses);
    const keys = simulated(addresses);
    const other = await openUdpPipe(addresses);
    const [device] = await keys.list();
    expect(device).toMatchObject({ accessible: false, problem: 'busy' });
    await expect(keys.open(device?.id ?? '')).rejects.toMatchObject({ code: 'authenticator.busy' });
    other.close();
    const authenticator = await keys.open(device?.id ?? '');
    onTestFinished(() => authenticator.close());
    expect(await keys.list()).toMatchObject([{ accessible: true, problem: null }]);
  });

  it('that vanishes while it waits for a touch is removed', async () => {
    const key = await touchableKey(await freeAddresses());
    const keys = simulated(key.addresses);
    const authenticator = await keys.open(await onlyId(keys));
    const { talk } = person({ touch: key.vanish });
    await expect(authenticator.makeCredential(creationOptions(), ORIGIN, talk)).rejects.toMatchObject({
      code: 'authenticator.removed',
    });
    expect(await keys.list()).toEqual([]);
  });

  it('ends a ceremony that is cancelled, and can be used again', async () => {
    const key = await touchableKey(await freeAddresses());
    const keys = simulated(key.addresses);
    const authenticator = await keys.open(await onlyId(keys));
    onTestFinished(() => authenticator.close());
    const abort = new AbortController();
    const { talk } = person({ touch: () => abort.abort(), signal: abort.signal });
    await expect(authenticator.makeCredential(creationOptions(), ORIGIN, talk)).rejects.toMatchObject({
      code: 'authenticator.cancelled',
    });
    const again = person({ touch: key.touch });
    await expect(authenticator.makeCredential(creationOptions(), ORIGIN, again.talk)).resolves.toBeDefined();
  });

  it('is told to those who watch, as it comes and goes', async () => {
    const addresses = await freeAddresses();
    const keys = simulated(addresses);
    const told: number[] = [];
    let key: { close(): Promise<void> } | null = null;
    await new Promise<void>((resolve, reject) => {
      const stop = keys.watch((devices: SecurityKeyDevice[]) => {
        told.push(devices.length);
        if (told.length === 1) {
          openUdpSoftwareKey({ listen: addresses.device, answer: addresses.answers }).then((opened) => {
            key = opened;
          }, reject);
        } else if (told.length === 2) {
          key?.close().catch(reject);
        } else {
          stop();
          resolve();
        }
      });
    });
    expect(told).toEqual([0, 1, 0]);
  });

  it('is told at once to a second listener, and to nobody who has stopped', async () => {
    const key = await touchableKey(await freeAddresses());
    const keys = simulated(key.addresses);
    const first = Promise.withResolvers<number>();
    const stopFirst = keys.watch((devices) => first.resolve(devices.length));
    expect(await first.promise).toBe(1);
    const second = Promise.withResolvers<number>();
    const stopSecond = keys.watch((devices) => second.resolve(devices.length));
    expect(await second.promise).toBe(1);
    let told = 0;
    keys.watch(() => {
      told += 1;
    })();
    stopFirst();
    stopSecond();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toBe(0);
  });

  it('does not listen to what is not of one packet, nor answer after its end', async () => {
    const addresses = await freeAddresses();
    const pipe = await openUdpPipe(addresses);
    const packets: Uint8Array[] = [];
    pipe.onPacket((packet) => packets.push(packet));
    const sender = createSocket('udp4');
    onTestFinished(() => void sender.close());
    const arrived = new Promise<void>((resolve) => {
      pipe.onPacket(() => resolve());
    });
    for (const length of [0, 63, 65, 64]) {
      sender.send(Buffer.alloc(length, length), addresses.answers.port, addresses.answers.host);
    }
    await arrived;
    expect(packets.map((packet) => packet.length)).toEqual([64]);
    pipe.close();
    pipe.close();
    await expect(pipe.write(new Uint8Array(64))).rejects.toMatchObject({ code: 'authenticator.removed' });
  });

  it('has no address outside of this computer', async () => {
    const { device, answers } = await freeAddresses();
    const foreign = { host: '192.0.2.1', port: 8111 };
    const refused = { code: 'input.invalid' };
    await expect(openUdpPipe({ device: foreign, answers })).rejects.toMatchObject(refused);
    await expect(openUdpPipe({ device, answers: foreign })).rejects.toMatchObject(refused);
  });

  it('that is not there is removed', async () => {
    const addresses = await freeAddresses();
    const pipe = await openUdpPipe(addresses);
    const closed = new Promise<void>((resolve) => {
      pipe.onClose(resolve);
    });
    // The first packet meets a closed port; the system says so afterwards.
    await pipe.write(new Uint8Array(64)).catch(() => undefined);
    await closed;
    await expect(pipe.write(new Uint8Array(64))).rejects.toMatchObject({ code: 'authenticator.removed' });
  });
});

describe('a choice by touch', () => {
  async function two() {
    const a = await touchableKey(await freeAddresses());
    const b = await touchableKey(await freeAddresses());
    const keys = simulated(a.addresses, b.addresses);
    const [first, second] = (await keys.list()).map(({ id }) => id);
    if (first === undefined || second === undefined) throw new Error('not two keys');
    return { a, b, keys, first, second };
  }

  it('is the key that is touched; the other stops waiting and can be used', async () => {
    const { a, b, keys, first, second } = await two();
    const choice = keys.chooseByTouch([first, second], never());
    await Promise.all([a.waiting, b.waiting]);
    b.touch();
    expect(await choice).toBe(second);
    const authenticator = await keys.open(first);
    onTestFinished(() => authenticator.close());
    const { talk } = person({ touch: a.touch });
    await expect(authenticator.makeCredential(creationOptions(), ORIGIN, talk)).resolves.toBeDefined();
  });

  it('goes on with the keys that stay', async () => {
    const { a, b, keys, first, second } = await two();
    const choice = keys.chooseByTouch([first, second], never());
    await Promise.all([a.waiting, b.waiting]);
    b.vanish();
    a.touch();
    expect(await choice).toBe(first);
  });

  it('goes on with the keys that are there, and still wants a touch', async () => {
    const { a, b, keys, first, second } = await two();
    b.vanish();
    const choice = keys.chooseByTouch([first, second], never());
    await a.waiting;
    a.touch();
    expect(await choice).toBe(first);
  });

  it('can be cancelled', async () => {
    const { a, b, keys, first, second } = await two();
    const abort = new AbortController();
    const choice = keys.chooseByTouch([first, second], abort.signal);
    await Promise.all([a.waiting, b.waiting]);
    abort.abort();
    await expect(choice).rejects.toMatchObject({ code: 'authenticator.cancelled' });
    await expect(keys.chooseByTouch([first, second], abort.signal)).rejects.toMatchObject({
      code: 'authenticator.cancelled',
    });
    // Nothing of it is left: both can be opened.
    await (await keys.open(first)).close();
    await (await keys.open(second)).close();
  });

  it('needs no touch where there is but one key, and a key that is there', async () => {
    const { keys, first } = await two();
    expect(await keys.chooseByTouch([first, first], never())).toBe(first);
    const gone = { code: 'authenticator.not_found' };
    await expect(keys.chooseByTouch(['udp-127.0.0.1:1'], never())).rejects.toMatchObject(gone);
    await expect(keys.chooseByTouch([], never())).rejects.toMatchObject(gone);
  });

  it('ends when no key is left to touch', async () => {
    const { a, b, keys, first, second } = await two();
    const choice = keys.chooseByTouch([first, second], never());
    await Promise.all([a.waiting, b.waiting]);
    a.vanish();
    b.vanish();
    await expect(choice).rejects.toMatchObject({ code: 'authenticator.removed' });
  });

  it.each(['PIN_NOT_SET', 'PIN_INVALID'] as const)(
    'works with a key of CTAP 2.0, which answers %s when it was touched',
    async (status) => {
      const old = await freeAddresses();
      const asked: unknown[] = [];
      await scriptedKey(old, async (message, { waiting }) => {
        if (message[0] === COMMAND.getInfo) {
          const info = cborMap([
            [1, ['U2F_V2', 'FIDO_2_0', 'FIDO_2_1_PRE']],
            [3, new Uint8Array(16)],
            [4, cborMap([['clientPin', true]])],
          ]);
          return Buffer.concat([Uint8Array.of(STATUS.SUCCESS), encodeCbor(info)]);
        }
        if (message[0] !== COMMAND.makeCredential) return Uint8Array.of(STATUS.INVALID_COMMAND);
        const parameters = decodeCbor(message.subarray(1));
        asked.push(parameters instanceof Map ? parameters.get(8) : null);
        waiting(true);
        await new Promise((resolve) => setTimeout(resolve, 50));
        return Uint8Array.of(STATUS[status]);
      });
      const other = await touchableKey(await freeAddresses());
      const keys = simulated(old, other.addresses);
      const ids = (await keys.list()).map(({ id }) => id);
      expect(await keys.chooseByTouch(ids, never())).toBe(ids[0]);
      expect(asked).toEqual([new Uint8Array()]);
    },
  );
});

describe('the addresses of a test', () => {
  it('are taken by one socket at a time', async () => {
    const { answers } = await freeAddresses();
    const socket = createSocket('udp4');
    socket.bind({ address: answers.host, port: answers.port, exclusive: true });
    await once(socket, 'listening');
    const device = { host: '127.0.0.1', port: 9 };
    await expect(openUdpPipe({ device, answers })).rejects.toMatchObject({ code: 'authenticator.busy' });
    socket.close();
  });
});
