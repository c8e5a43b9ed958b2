import { describe, expect, it } from 'vitest';
import table from '../../../main/webauthn/aaguids.json' with { type: 'json' };
import {
  createAuthenticationOptions,
  createRegistrationOptions,
  modelName,
} from '../../../main/webauthn/index.ts';

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const credential = { credentialId: bytes(3, 1), transports: ['usb', 'nfc', 'carrier-pigeon'] };

describe('options', () => {
  it('ask for a discoverable passkey with UV, attested, ES256 first', async () => {
    const options = await createRegistrationOptions({
      rpId: 'keys.example',
      rpName: 'Keys',
      user: { id: bytes(3, 0xff), name: 'ada', displayName: 'Ada' },
      challenge: bytes(32, 0),
      exclude: [credential, { credentialId: bytes(1, 2), transports: [] }],
      timeout: 300_000,
    });
    expect(options).toEqual({
      rp: { id: 'keys.example', name: 'Keys' },
      user: { id: '____', name: 'ada', displayName: 'Ada' },
      challenge: 'A'.repeat(43),
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [
        { id: 'AQEB', type: 'public-key', transports: ['usb', 'nfc'] },
        { id: 'Ag', type: 'public-key' },
      ],
      residentKey: 'required',
      userVerification: 'required',
      attestation: 'direct',
    });
  });

  it('ask for a signature by one of the credentials', async () => {
    const wish = { rpId: 'keys.example', challenge: bytes(32, 0), timeout: 1000 };
    expect(await createAuthenticationOptions({ ...wish, allow: [credential] })).toEqual({
      rpId: 'keys.example',
      challenge: 'A'.repeat(43),
      timeout: 1000,
      allowCredentials: [{ id: 'AQEB', type: 'public-key', transports: ['usb', 'nfc'] }],
      userVerification: 'required',
    });
    const open = await createAuthenticationOptions({ ...wish, allow: [], userVerification: 'preferred' });
    expect(open).toMatchObject({ allowCredentials: [], userVerification: 'preferred' });
  });

  it('take bytes that lie inside a larger buffer', async () => {
    const pool = bytes(64, 9);
    pool.set(bytes(32, 0), 16);
    const challenge = pool.subarray(16, 48);
    const { challenge: text } = await createAuthenticationOptions({
      rpId: 'keys.example',
      challenge,
      allow: [],
      timeout: 1,
    });
    expect(text).toBe('A'.repeat(43));
  });
});

describe('model names', () => {
  it.each([
    ['08987058-cadc-4b81-b6e1-30de50dcbe96', 'Windows Hello'],
    ['fbfc3007-154e-4ecc-8c0b-6e020557d7bd', 'Apple Passwords (iCloud Keychain)'],
    ['ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4', 'Google Password Manager'],
    ['2fc0579f-8113-47ea-b116-bb5a8db9202a', 'YubiKey 5 Series with NFC'],
    ['42b4fb4a-2866-43b2-9bf7-6c6669c2e5d3', 'Google Titan Security Key v2'],
    ['00000000-0000-0000-0000-000000000000', 'Model not disclosed'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'Unknown model'],
    ['constructor', 'Unknown model'],
  ])('of %s: %s', (aaguid, name) => {
    expect(modelName(aaguid)).toBe(name);
  });

  it('take further models from the caller, and only their own', () => {
    const aaguid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
    expect(modelName(aaguid, { [aaguid]: 'Ours' })).toBe('Ours');
    expect(modelName('toString', {})).toBe('Unknown model');
  });

  it('come from a table in the right form', () => {
    expect(table.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    for (const [aaguid, name] of Object.entries(table.models)) {
      expect(aaguid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(name.trim()).toBe(name);
      expect(name).not.toBe('');
    }
  });
});
