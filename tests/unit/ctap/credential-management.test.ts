import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CborMap,
  type CborValue,
  CredentialManagement,
  credentialManagementOf,
  STATUS,
} from '../../../main/ctap/index.ts';
import { clientOf, infoWith, mapOf, text, tokenOf, vectors } from './helpers.ts';

const rpIdHash = new Uint8Array(createHash('sha256').update('example.org').digest());
const descriptor = { id: text('credential-one'), type: 'public-key' } as const;
const user = { id: text('user-1'), name: 'ada', displayName: 'Ada L.' };
const standard = infoWith({ credMgmt: true });
const preview = infoWith({ credentialMgmtPreview: true });
const textMap = (fields: Record<string, CborValue>): CborMap => new Map(Object.entries(fields));
const key: CborMap = new Map([[1, 2]]);

function rp(id: string, fields: Record<number, CborValue> = {}): CborMap {
  const hash = new Uint8Array(createHash('sha256').update(id).digest());
  return mapOf({ 3: textMap({ id }), 4: hash, ...fields });
}

function credential(id: string, fields: Record<number, CborValue> = {}): CborMap {
  return mapOf({
    6: textMap({ id: text('user-1'), name: 'ada' }),
    7: textMap({ id: text(id), type: 'public-key' }),
    8: key,
    ...fields,
  });
}

/** Answers by subcommand; the next entries of an enumeration come from a list. */
function management(
  answers: Record<number, CborMap | number | undefined>,
  next: CborMap[] = [],
  info = standard,
  version = 2,
) {
  const left = [...next];
  const { ctap, device } = clientOf((_command, parameters) => {
    const subCommand = Number(parameters.get(1));
    if (subCommand === 3 || subCommand === 5) return left.shift() ?? STATUS.NOT_ALLOWED;
    return answers[subCommand];
  });
  return { management: new CredentialManagement(ctap, info, tokenOf(version)), device };
}

describe('credential management', () => {
  it('is offered as 0x0A, as a preview, or not at all', () => {
    expect(credentialManagementOf(standard)).toBe('standard');
    expect(credentialManagementOf(preview)).toBe('preview');
    expect(credentialManagementOf(infoWith({ credMgmt: true, credentialMgmtPreview: true }))).toBe(
      'standard',
    );
    expect(credentialManagementOf(infoWith({ credMgmt: false }))).toBeNull();
    const { ctap } = clientOf(() => undefined);
    expect(() => new CredentialManagement(ctap, infoWith({}), tokenOf(2))).toThrow(
      expect.objectContaining({ code: 'authenticator.unsupported_option' }),
    );
  });

  it.each([
    ['protocol 1', vectors.credentialManagement[1], standard, 1],
    ['protocol 2', vectors.credentialManagement[2], standard, 2],
    ['the preview', vectors.credentialManagementPreview, preview, 1],
  ] as const)('sends the bytes of python-fido2 with %s', async (_what, vector, info, version) => {
    const answers = {
      1: mapOf({ 1: 2, 2: 23 }),
      2: rp('example.org', { 5: 2 }),
      4: credential('one', { 9: 2 }),
    };
    const { management: manage, device } = management(answers, [rp('b'), credential('two')], info, version);
    expect(await manage.getCredsMetadata()).toEqual({
      existingResidentCredentials: 2,
      maxPossibleRemaining: 23,
      unknown: new Map(),
    });
    await manage.enumerateRps();
    await manage.enumerateCredentials(rpIdHash);
    await manage.deleteCredential(descriptor);
    const expected = [
      vector.getCredsMetadata,
      vector.enumerateRPsBegin,
      vector.enumerateRPsNext,
      vector.enumerateCredentialsBegin,
      vector.enumerateCredentialsNext,
      vector.deleteCredential,
    ];
    if (info === standard) {
      await manage.updateUserInformation(descriptor, user);
      expected.push(vector.updateUserInformation);
    }
    expect(device.requests).toEqual(expected);
  });

  it('does not change names by the preview', async () => {
    const { management: manage, device } = management({}, [], preview);
    await expect(manage.updateUserInformation(descriptor, user)).rejects.toMatchObject({
      code: 'authenticator.unsupported_option',
    });
    expect(device.requests).toEqual([]);
  });

  it('lists relying parties, and tells which rpId was cut short', async () => {
    const cut = mapOf({ 3: textMap({ id: 'very-long', name: 'Long' }), 4: rpIdHash, 64: 'later' });
    const nameless = mapOf({ 3: new Map(), 4: rpIdHash });
    const { management: manage } = management({ 2: rp('example.org', { 5: 3 }) }, [cut, nameless]);
    expect(await manage.enumerateRps()).toEqual([
      { rpIdHash, rpId: 'example.org', rpIdWhole: true, rpName: undefined, unknown: new Map() },
      { rpIdHash, rpId: 'very-long', rpIdWhole: false, rpName: 'Long', unknown: new Map([[64, 'later']]) },
      { rpIdHash, rpId: undefined, rpIdWhole: false, rpName: undefined, unknown: new Map() },
    ]);
  });

  it('lists credentials with all that is known of them', async () => {
    const largeBlobKey = new Uint8Array(32).fill(4);
    const full = credential('one', { 9: 1, 10: 3, 11: largeBlobKey, 12: true, 13: 'later' });
    const { management: manage } = management({ 4: full });
    expect(await manage.enumerateCredentials(rpIdHash)).toEqual([
      {
        user: { id: text('user-1'), name: 'ada' },
        credentialId: text('one'),
        publicKey: key,
        credProtect: 3,
        largeBlobKey,
        thirdPartyPayment: true,
        unknown: new Map([[13, 'later']]),
      },
    ]);
  });

  it.each([
    ['NO_CREDENTIALS', STATUS.NO_CREDENTIALS],
    ['a total of 0', mapOf({ 5: 0, 9: 0 })],
    ['a success without data', undefined],
  ])('lists nothing where the authenticator says %s', async (_what, answer) => {
    const { management: manage, device } = management({ 2: answer, 4: answer });
    expect(await manage.enumerateRps()).toEqual([]);
    expect(await manage.enumerateCredentials(rpIdHash)).toEqual([]);
    expect(device.requests).toHaveLength(2);
  });

  it('passes other failures on, in the middle of a list too', async () => {
    const refused = management({ 2: STATUS.PIN_AUTH_INVALID });
    await expect(refused.management.enumerateRps()).rejects.toMatchObject({
      code: 'authenticator.pin_auth_invalid',
    });
    const broken = management({ 2: rp('a', { 5: 2 }) });
    await expect(broken.management.enumerateRps()).rejects.toMatchObject({
      code: 'authenticator.not_allowed',
    });
  });

  it('does not believe in more than an authenticator can hold', async () => {
    const { management: manage, device } = management({ 4: credential('one', { 9: 1_000_000 }) });
    await expect(manage.enumerateCredentials(rpIdHash)).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
    expect(device.requests).toHaveLength(1);
  });

  it.each<[string, CborMap]>([
    ['no hash', mapOf({ 3: new Map(), 5: 1 })],
    ['a short hash', mapOf({ 3: new Map(), 4: new Uint8Array(31), 5: 1 })],
    ['an rpId of bytes', mapOf({ 3: textMap({ id: text('a') }), 4: rpIdHash, 5: 1 })],
    ['a negative total', rp('a', { 5: -1 })],
  ])('refuses a relying party with %s', async (_what, answer) => {
    const { management: manage } = management({ 2: answer });
    await expect(manage.enumerateRps()).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
  });
});
