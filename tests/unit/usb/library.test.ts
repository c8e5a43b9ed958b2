import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as library from '../../../main/authenticators/usb/index.ts';
import { verifyAssertion, verifyRegistration } from '../../../main/webauthn/index.ts';
import { fromBase64url } from '../../../shared/domain/index.ts';
import { freeAddresses, plugIn } from '../../support/plugged-keys.ts';

const FOLDER = join(import.meta.dirname, '../../../main/authenticators/usb');
const ORIGIN = 'https://login.example.org';

type Example = {
  answer(
    keys: library.SecurityKeys,
    page: { origin: string; call: 'create' | 'get'; options: unknown },
    dialog: { show(sentence: string): void; askPin(question: string): Promise<string> },
  ): ReturnType<library.Authenticator['makeCredential' | 'getAssertion']>;
};

/** The example of the README, as it stands there. */
async function example(): Promise<Example> {
  const [, code = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(FOLDER, 'README.md'), 'utf8')) ?? [];
  const folder = mkdtempSync(join(import.meta.dirname, '.readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'example.ts');
  writeFileSync(file, code.replace("'./index.ts'", JSON.stringify(join(FOLDER, 'index.ts'))));
  return import(file);
}

describe('the library for security keys', () => {
  it('answers navigator.credentials.create and get of a page, as its README shows', async () => {
    const at = await freeAddresses();
    await plugIn(at, { persona: 'standard' });
    const { answer } = await example();
    const keys = library.createSecurityKeys({ udp: [at] });
    const said: string[] = [];
    const dialog = {
      show: (sentence: string) => said.push(sentence),
      askPin: async (question: string) => {
        said.push(question);
        return '123456';
      },
    };
    const creation = {
      rp: { id: 'example.org', name: 'Example' },
      user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
      challenge: 'Y2hhbGxlbmdl',
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      attestation: 'direct',
      extensions: { credProps: true },
    };
    const made = await answer(keys, { origin: ORIGIN, call: 'create', options: creation }, dialog);
    if (!('attestationObject' in made.response)) throw new Error('not a registration');
    const expected = {
      challenge: creation.challenge,
      origin: ORIGIN,
      rpId: 'example.org',
      userVerification: 'required',
    } as const;
    const credential = await verifyRegistration(
      { ...made, response: { ...made.response } },
      { ...expected, algorithms: [-7] },
    );
    expect(made.clientExtensionResults).toEqual({ credProps: { rk: true } });
    const request = { challenge: creation.challenge, rpId: 'example.org', userVerification: 'required' };
    const signed = await answer(keys, { origin: ORIGIN, call: 'get', options: request }, dialog);
    if (!('signature' in signed.response)) throw new Error('not an assertion');
    await verifyAssertion(
      { ...signed, response: { ...signed.response } },
      { ...expected, credential: { ...credential, userHandle: fromBase64url('dXNlcg') } },
    );
    expect(said).toContain('PIN, 8 tries left');
  });
});

describe('what a page asks for', () => {
  const page = {
    rp: { name: 'Example' },
    user: { id: 'dXNlcg', name: 'ada', displayName: 'Ada' },
    challenge: 'Y2hhbGxlbmdl',
    pubKeyCredParams: [],
  };

  it('gets the defaults of WebAuthn', () => {
    expect(library.parseCreationOptions(page, ORIGIN)).toEqual({
      rp: { id: 'login.example.org', name: 'Example' },
      user: page.user,
      challenge: page.challenge,
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -257 },
      ],
      timeout: 300_000,
      excludeCredentials: [],
      residentKey: 'discouraged',
      userVerification: 'preferred',
      attestation: 'none',
    });
    expect(library.parseRequestOptions({ challenge: 'AA' }, 'http://localhost:3000')).toEqual({
      rpId: 'localhost',
      challenge: 'AA',
      timeout: 300_000,
      allowCredentials: [],
      userVerification: 'preferred',
    });
  });

  it('passes over what this client does not know', () => {
    const options = library.parseCreationOptions(
      {
        ...page,
        pubKeyCredParams: [
          { type: 'other', alg: 1 },
          { type: 'public-key', alg: -8 },
        ],
        excludeCredentials: [{ id: 'AAAA', type: 'other' }],
        authenticatorSelection: {
          residentKey: 'maybe',
          requireResidentKey: true,
          userVerification: 'always',
        },
        attestation: 'some',
        extensions: { somethingNew: true },
      },
      ORIGIN,
    );
    expect(options).toMatchObject({
      pubKeyCredParams: [{ type: 'public-key', alg: -8 }],
      excludeCredentials: [],
      residentKey: 'required',
      userVerification: 'preferred',
      attestation: 'none',
      extensions: {},
    });
  });

  it.each([
    ['another site', 'example.com', ORIGIN, 'auth.rp_id_mismatch'],
    ['a part of a label', 'xample.org', ORIGIN, 'auth.rp_id_mismatch'],
    ['a top-level domain', 'org', ORIGIN, 'auth.rp_id_mismatch'],
    ['a deeper domain', 'a.login.example.org', ORIGIN, 'auth.rp_id_mismatch'],
    ['a page without encryption', 'example.org', 'http://example.org', 'auth.origin_mismatch'],
    ['no origin at all', 'example.org', 'null', 'auth.origin_mismatch'],
    ['an address', '192.168.1.10', 'https://192.168.1.10', 'auth.origin_mismatch'],
    ['a part of an address', '1.10', 'https://192.168.1.10', 'auth.origin_mismatch'],
    ['an address of IPv6', '[::1]', 'https://[::1]', 'auth.origin_mismatch'],
    ['the root of all domains', 'com.', 'https://example.com.', 'auth.origin_mismatch'],
    ['an origin with a path', 'example.org', 'https://login.example.org/', 'auth.origin_mismatch'],
  ])('is refused for %s', (_what, id, origin, code) => {
    const options = { ...page, rp: { ...page.rp, id } };
    expect(() => library.parseCreationOptions(options, origin)).toThrow(expect.objectContaining({ code }));
    expect(() => library.parseRequestOptions({ challenge: 'AA', rpId: id }, origin)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([
    ['', ORIGIN],
    ['https://login.example.org/app-id.json', 'https://login.example.org/app-id.json'],
    ['https://example.org/app-id.json', 'https://example.org/app-id.json'],
    ['https://u2f.example.org/app-id.json', 'https://u2f.example.org/app-id.json'],
  ])('may be the AppID %s', (appid, expected) => {
    const options = { challenge: 'AA', rpId: 'example.org', extensions: { appid } };
    expect(library.parseRequestOptions(options, ORIGIN).extensions).toEqual({ appid: expected });
  });

  it.each([
    'bank.example',
    'https://bank.example/app-id.json',
    'http://login.example.org/app-id.json',
    'https://xexample.org/app-id.json',
  ])('may not be the AppID %s of somebody else', (appid) => {
    const options = { challenge: 'AA', rpId: 'example.org', extensions: { appid } };
    expect(() => library.parseRequestOptions(options, ORIGIN)).toThrow(
      expect.objectContaining({ code: 'auth.rp_id_mismatch' }),
    );
  });

  it('may not be to read and to write a blob at once', () => {
    const options = { challenge: 'AA', extensions: { largeBlob: { read: true, write: 'AA' } } };
    expect(() => library.parseRequestOptions(options, ORIGIN)).toThrow(
      expect.objectContaining({ code: 'input.invalid' }),
    );
  });

  it.each([
    ['challenge', { ...page, challenge: 'a+b' }],
    ['user.id', { ...page, user: { ...page.user, id: '' } }],
    ['user.id', { ...page, user: { ...page.user, id: Buffer.alloc(65).toString('base64url') } }],
    ['rp.name', { ...page, rp: {} }],
    ['pubKeyCredParams', { ...page, pubKeyCredParams: [{ type: 'other', alg: -7 }] }],
    ['', 'not an object'],
  ])('is refused by the name of the field %s', (field, options) => {
    expect(() => library.parseCreationOptions(options, ORIGIN)).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: { field } }),
    );
  });
});
