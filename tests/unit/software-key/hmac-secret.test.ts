import { describe, expect, it } from 'vitest';
import {
  type CborMap,
  type Ctap2,
  getAssertionExtensions,
  type HmacSalts,
  HmacSecret,
  makeCredentialExtensions,
  parseAssertionOutputs,
  parseAuthenticatorData,
  parseCreationOutputs,
} from '../../../main/ctap/index.ts';
import { assertion, clientPin, keyWithPin, make, proof, statusOf, throwAwayKey } from './helpers.ts';

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);
type Version = 1 | 2;

const hex = (secret: Uint8Array | undefined) => secret && Buffer.from(secret).toString('hex');

/** One use of hmac-secret, as a client makes it. */
async function use(ctap: Ctap2, salts: HmacSalts, version: Version = 2) {
  return new HmacSecret(await clientPin(ctap, version).sharedSecret(), salts);
}

/** The secrets of a credential for the salts, with or without the PIN. */
async function secrets(
  ctap: Ctap2,
  id: Uint8Array,
  options: { salts?: HmacSalts; version?: Version; withPin?: boolean } = {},
) {
  const { salts = { first }, version = 2, withPin = false } = options;
  const pinUvAuth = withPin ? { pinUvAuth: await proof(ctap, { version }) } : {};
  const secret = await use(ctap, salts, version);
  const extensions = getAssertionExtensions({ hmacSecret: secret.input });
  const { authData } = await assertion(ctap, { ids: [id], extensions, ...pinUvAuth });
  const sealed = parseAssertionOutputs(parseAuthenticatorData(authData).extensions).hmacSecret;
  if (sealed === undefined) throw new Error('no secrets came back');
  const opened = secret.open(sealed);
  return { first: hex(opened.first), second: hex(opened.second) };
}

const hmacSecret = makeCredentialExtensions({ hmacSecret: true });

describe.each<Version>([1, 2])('hmac-secret with protocol %i', (version) => {
  it.each([true, false])('gives the same secret for the same salt (resident: %s)', async (rk) => {
    const { ctap } = await throwAwayKey();
    const made = await make(ctap, { rk, extensions: hmacSecret });
    expect(made.extensions).toEqual(new Map([['hmac-secret', true]]));
    const id = made.credentialId;
    const one = await secrets(ctap, id, { version });
    expect(one.first).toMatch(/^[0-9a-f]{64}$/);
    expect(one.second).toBeUndefined();
    expect(await secrets(ctap, id, { version })).toEqual(one);
    const two = await secrets(ctap, id, { version, salts: { first: second, second: first } });
    expect(two.second).toBe(one.first);
    expect(two.first).not.toBe(one.first);
  });

  it('gives another secret with the PIN than without, to every credential its own', async () => {
    const { ctap } = await keyWithPin();
    const ids = [(await make(ctap)).credentialId, (await make(ctap)).credentialId];
    const all: unknown[] = [];
    for (const id of ids) {
      all.push((await secrets(ctap, id, { version })).first);
      all.push((await secrets(ctap, id, { version, withPin: true })).first);
      all.push((await secrets(ctap, id, { version, withPin: true })).first);
    }
    expect(new Set(all).size).toBe(4);
    expect(all[1]).toBe(all[2]);
  });
});

describe('hmac-secret', () => {
  it('gives its secrets with each assertion of a row', async () => {
    const { ctap } = await throwAwayKey();
    const ids = [];
    for (const user of ['a', 'b']) ids.push((await make(ctap, { rk: true, user })).credentialId);
    const expected = [];
    for (const id of ids.reverse()) expected.push((await secrets(ctap, id)).first);
    const secret = await use(ctap, { first });
    const answers = [
      await assertion(ctap, { extensions: getAssertionExtensions({ hmacSecret: secret.input }) }),
      await ctap.getNextAssertion(),
    ];
    const opened = answers.map(({ authData }) => {
      const sealed = parseAssertionOutputs(parseAuthenticatorData(authData).extensions).hmacSecret;
      return hex(sealed && secret.open(sealed).first);
    });
    expect(opened).toEqual(expected);
  });

  it('gives them with a new credential too, the same as later', async () => {
    const { ctap } = await keyWithPin();
    const secret = await use(ctap, { first, second });
    const extensions = makeCredentialExtensions({ hmacSecret: true, hmacSecretMc: secret.input });
    const made = await make(ctap, { rk: true, extensions, pinUvAuth: await proof(ctap) });
    const outputs = parseCreationOutputs(parseAuthenticatorData(made.authData).extensions);
    expect(outputs.hmacSecret).toBe(true);
    const opened = secret.open(outputs.hmacSecretMc ?? new Uint8Array());
    const later = await secrets(ctap, made.credentialId, { salts: { first, second }, withPin: true });
    expect({ first: hex(opened.first), second: hex(opened.second) }).toEqual(later);
    // Without hmac-secret nothing is given.
    const alone = new Map([['hmac-secret-mc', (await use(ctap, { first })).input]]);
    expect((await make(ctap, { extensions: alone })).extensions).toBeNull();
  });

  it('refuses what is not proven, has no touch, or has the wrong length', async () => {
    const { ctap } = await throwAwayKey();
    const ids = [(await make(ctap)).credentialId];
    const tried = async (change: (input: CborMap) => void, up?: boolean) => {
      const { input } = await use(ctap, { first });
      change(input);
      const extensions = new Map([['hmac-secret', input]]);
      return statusOf(assertion(ctap, { ids, extensions, ...(up === undefined ? {} : { up }) }));
    };
    expect(await tried((input) => input.set(3, new Uint8Array(32)))).toBe('PIN_AUTH_INVALID');
    expect(await tried((input) => input.set(4, 3))).toBe('INVALID_PARAMETER');
    expect(await tried((input) => input.delete(1))).toBe('CBOR_UNEXPECTED_TYPE');
    expect(await tried(() => undefined, false)).toBe('UNSUPPORTED_OPTION');

    for (const length of [0, 16, 48, 96]) {
      const shared = await clientPin(ctap).sharedSecret();
      const saltEnc = shared.encrypt(Buffer.alloc(length));
      const input: CborMap = new Map<number, CborMap | Uint8Array | number>([
        [1, shared.keyAgreement],
        [2, saltEnc],
        [3, shared.authenticate(saltEnc)],
        [4, 2],
      ]);
      const extensions = new Map([['hmac-secret', input]]);
      expect(await statusOf(assertion(ctap, { ids, extensions }))).toBe('INVALID_LENGTH');
    }
  });
});
