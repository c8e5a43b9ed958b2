import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  AuthenticatorConfig,
  AuthenticatorInfo,
  type CborValue,
  Ctap1,
  PinUvAuthToken,
  STATUS,
  select,
  selectU2f,
  supportsSelection,
} from '../../../main/ctap/index.ts';
import { clientOf, infoWith, mapOf, protocolOf, tokenOf, vectors } from './helpers.ts';

const options = { authnrCfg: true, ep: false, alwaysUv: false, setMinPINLength: true };
const info = infoWith(options);

describe('authenticatorConfig', () => {
  it.each([1, 2] as const)('sends the bytes of python-fido2 with protocol %i', async (version) => {
    const vector = vectors.config[version];
    const { ctap, device } = clientOf(() => undefined);
    const config = new AuthenticatorConfig(ctap, info, tokenOf(version));
    await config.enableEnterpriseAttestation();
    await config.toggleAlwaysUv();
    await config.setMinPINLength({
      newMinPINLength: 8,
      minPinLengthRPIDs: ['example.org'],
      forceChangePin: true,
    });
    expect(device.requests).toEqual([
      vector.enableEnterpriseAttestation,
      vector.toggleAlwaysUv,
      vector.setMinPINLength,
    ]);
  });

  it('sends the example of the WebAuthn Works migration guide for CTAP 2.1', async () => {
    const hexToken = '0125fecfd8bf3f679bd9ec221324baa74f3cade0314b4fba8029500a320612ad';
    const { ctap, device } = clientOf(() => undefined);
    const token = new PinUvAuthToken(protocolOf(2), Buffer.from(hexToken, 'hex'));
    await new AuthenticatorConfig(ctap, info, token).enableEnterpriseAttestation();
    expect(device.requests).toEqual([
      '0da3010103020458204e724bc8af8776d0e92a3961c28bf9980b7b3962c610ba7abf07c74a0972b074',
    ]);
  });

  it('sends what CTAP 2.3 added, to authenticators that list it', async () => {
    const { ctap, device } = clientOf(() => undefined);
    const listed = { ...info, authenticatorConfigCommands: [3, 4], pinComplexityPolicy: false };
    const config = new AuthenticatorConfig(ctap, listed, tokenOf(2));
    await config.enableLongTouchForReset();
    await config.setMinPINLength({ pinComplexityPolicy: true });
    const message = Buffer.concat([Buffer.alloc(32, 0xff), Buffer.of(0x0d, 3), Buffer.of(0xa1, 4, 0xf5)]);
    const param = createHmac('sha256', Buffer.from(vectors.token, 'hex')).update(message).digest('hex');
    expect(device.requests[0]).toMatch(/^0da301040302045820/);
    expect(device.requests[1]).toBe(`0da4010302a104f50302045820${param}`);
  });

  it('sends nothing that the authenticator does not have', async () => {
    const { ctap, device } = clientOf(() => undefined);
    const refused = { code: 'authenticator.unsupported_option' };
    expect(() => new AuthenticatorConfig(ctap, infoWith({}), null)).toThrow(expect.objectContaining(refused));
    const bare = new AuthenticatorConfig(ctap, infoWith({ authnrCfg: true }), tokenOf(2));
    await expect(bare.enableEnterpriseAttestation()).rejects.toMatchObject(refused);
    await expect(bare.toggleAlwaysUv()).rejects.toMatchObject(refused);
    await expect(bare.setMinPINLength({ newMinPINLength: 8 })).rejects.toMatchObject(refused);
    await expect(bare.enableLongTouchForReset()).rejects.toMatchObject(refused);
    const config = new AuthenticatorConfig(ctap, info, tokenOf(2));
    await expect(config.setMinPINLength({ pinComplexityPolicy: true })).rejects.toMatchObject(refused);
    const listed = new AuthenticatorConfig(ctap, { ...info, authenticatorConfigCommands: [3] }, tokenOf(2));
    await expect(listed.toggleAlwaysUv()).rejects.toMatchObject(refused);
    expect(device.requests).toEqual([]);
  });

  it('sends no proof without a token', async () => {
    const { ctap, device } = clientOf(() => undefined);
    await new AuthenticatorConfig(ctap, info, null).toggleAlwaysUv();
    expect(device.requests).toEqual(['0da10102']);
  });
});

describe('selection by touch', () => {
  const versions = (names: string[], fields: Record<number, CborValue> = {}) =>
    AuthenticatorInfo.parse(mapOf({ 1: names, 3: new Uint8Array(16), ...fields }));
  const withPin = new Map([['clientPin', false]]);

  it('is 0x0B from CTAP 2.1 on', async () => {
    expect(supportsSelection(versions(['FIDO_2_1']))).toBe(true);
    expect(supportsSelection(versions(['U2F_V2', 'FIDO_2_0', 'FIDO_2_3']))).toBe(true);
    expect(supportsSelection(versions(['FIDO_2_0', 'FIDO_2_1_PRE']))).toBe(false);
    const { ctap, device } = clientOf(() => undefined);
    await select(ctap, versions(['FIDO_2_1']));
    expect(device.requests).toEqual([vectors.basic.selection]);
  });

  it.each(['PIN_NOT_SET', 'PIN_INVALID', 'PIN_AUTH_INVALID'] as const)(
    'is an empty pinUvAuthParam on CTAP 2.0, and %s is the touch',
    async (status) => {
      const { ctap, device } = clientOf((command, parameters) => {
        expect(command).toBe(1);
        expect(parameters.get(8)).toHaveLength(0);
        expect(parameters.get(9)).toBe(1);
        return STATUS[status];
      });
      await select(ctap, versions(['FIDO_2_0'], { 4: withPin, 6: [1] }));
      expect(device.requests).toHaveLength(1);
    },
  );

  it('passes everything else on', async () => {
    const { ctap } = clientOf(() => STATUS.KEEPALIVE_CANCEL);
    await expect(select(ctap, versions(['FIDO_2_0'], { 4: withPin }))).rejects.toMatchObject({
      code: 'authenticator.cancelled',
    });
  });

  it('makes a credential that nobody keeps where 2.0 knows no PIN', async () => {
    const { ctap } = clientOf((_command, parameters) => {
      expect(parameters.has(7) || parameters.has(8)).toBe(false);
      return mapOf({ 1: 'none', 2: new Uint8Array(37), 3: new Map() });
    });
    await select(ctap, versions(['FIDO_2_0']));
  });

  it('is a registration that nobody keeps with U2F', async () => {
    const requests: number[] = [];
    const msg = async (apdu: Uint8Array) => {
      requests.push(apdu[1] ?? 0);
      return Buffer.from(`${vectors.u2f.register.answer}9000`, 'hex');
    };
    await selectU2f(new Ctap1({ msg }));
    expect(requests).toEqual([1]);
  });
});
