import { describe, expect, it } from 'vitest';
import {
  type CborMap,
  ClientPin,
  encodeCbor,
  KeyAgreement,
  KeyAgreementKey,
  PERMISSION,
  PIN_UV_AUTH_PROTOCOLS,
  STATUS,
  toCoseKeyAgreement,
} from '../../../main/ctap/index.ts';
import { bytes, clientOf, mapOf, protocolOf, tokenOf, vectors } from './helpers.ts';

describe.each(PIN_UV_AUTH_PROTOCOLS)(
  'a token by built-in verification with protocol $version',
  (protocol) => {
    const token = Buffer.alloc(32, 7);

    function begin(answer: Buffer | number = token) {
      const keys = new KeyAgreement();
      const asked: CborMap[] = [];
      const { ctap, device } = clientOf((_command, parameters) => {
        if (parameters.get(2) === 2) return mapOf({ 1: toCoseKeyAgreement(keys.publicKey) });
        asked.push(parameters);
        if (typeof answer === 'number') return answer;
        const secret = protocol.kdf(keys.agree(KeyAgreementKey.parse(parameters.get(3))));
        return mapOf({ 2: protocol.encrypt(secret, answer) });
      });
      return { clientPin: new ClientPin(ctap, protocol), asked, device };
    }

    it('is asked for by subcommand 6 with permissions and rpId, and proves itself', async () => {
      const { clientPin, asked } = begin();
      const got = await clientPin.getPinUvAuthTokenUsingUvWithPermissions(PERMISSION.ga, 'example.org');
      const [parameters] = asked;
      expect([...(parameters?.keys() ?? [])]).toEqual([1, 2, 3, 9, 10]);
      expect(parameters?.get(2)).toBe(6);
      expect(parameters?.get(9)).toBe(2);
      expect(parameters?.get(10)).toBe('example.org');
      const message = Buffer.from('message');
      expect(got.authenticate(message)).toEqual({
        param: protocol.authenticate(token, message),
        protocol: protocol.version,
      });
    });

    it('may be the persistent one, without an rpId', async () => {
      const { clientPin, asked } = begin();
      const got = await clientPin.getPinUvAuthTokenUsingUvWithPermissions(PERMISSION.pcmr, undefined);
      expect(asked[0]?.get(9)).toBe(0x40);
      expect(asked[0]?.has(10)).toBe(false);
      expect(got.copyBytes()).toEqual(token);
      got.wipe();
      expect(got.copyBytes()).toEqual(Buffer.alloc(32));
    });

    it('is asked for with a key pair of its own each time', async () => {
      const { clientPin, asked } = begin();
      for (let n = 0; n < 2; n += 1) await clientPin.getPinUvAuthTokenUsingUvWithPermissions(2, 'a');
      const [first, second] = asked.map((request) => encodeCbor(request.get(3) ?? null));
      expect(first).toHaveLength(78);
      expect(second).toHaveLength(78);
      expect(first).not.toEqual(second);
    });

    it('is not had after too many tries', async () => {
      const { clientPin } = begin(STATUS.UV_BLOCKED);
      const asking = clientPin.getPinUvAuthTokenUsingUvWithPermissions(PERMISSION.mc, 'example.org');
      await expect(asking).rejects.toMatchObject({ code: 'authenticator.uv_blocked' });
    });

    it('has 32 bytes, with protocol 1 also 16', async () => {
      const short = begin(Buffer.alloc(16)).clientPin.getPinUvAuthTokenUsingUvWithPermissions(2, 'a');
      if (protocol.version === 1) await expect(short).resolves.toBeDefined();
      else await expect(short).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
      const long = begin(Buffer.alloc(48)).clientPin.getPinUvAuthTokenUsingUvWithPermissions(2, 'a');
      await expect(long).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
    });
  },
);

describe('tries', () => {
  it('of built-in verification are asked for as python-fido2 does', async () => {
    const { ctap, device } = clientOf(() => mapOf({ 5: 3 }));
    expect(await new ClientPin(ctap, protocolOf(2)).getUvRetries()).toBe(3);
    expect(device.requests).toEqual([vectors.basic.getUVRetries]);
  });

  it('must be in the answer', async () => {
    const { ctap } = clientOf(() => mapOf({ 3: 8 }));
    await expect(new ClientPin(ctap, protocolOf(2)).getUvRetries()).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
  });
});

describe('a persistent token', () => {
  it('opens the identifier and the state of the credential store', () => {
    const token = tokenOf(2);
    const { encIdentifier, encCredStoreState } = vectors.persistent;
    expect(token.openIdentifier(bytes(encIdentifier)).toString()).toBe('identifier-16byt');
    expect(token.openCredStoreState(bytes(encCredStoreState)).toString()).toBe('store-state-16by');
    expect(token.openIdentifier(bytes(encCredStoreState)).toString()).not.toBe('store-state-16by');
  });

  it('refuses what is not an IV and one block', () => {
    for (const length of [0, 16, 31, 33, 48]) {
      expect(() => tokenOf(2).openIdentifier(new Uint8Array(length))).toThrow(
        expect.objectContaining({ code: 'authenticator.malformed_answer' }),
      );
    }
  });
});
