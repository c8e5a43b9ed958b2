import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type CborMap, COMMAND, decodeCbor, PERMISSION, STATUS } from '../../../main/ctap/index.ts';
import { credProtectLevel } from '../../../main/webauthn/index.ts';
import {
  type CreationExtensions,
  type CreationOptions,
  fromBase64url,
  type RequestExtensions,
} from '../../../shared/domain/index.ts';
import { changeInfo, type Layer, messageOf, parametersOf } from '../../support/keys/messages.ts';
import type { TestKeyOptions } from '../../support/keys/test-key.ts';
import {
  creationOptions,
  ORIGIN,
  PIN,
  person,
  RP_ID,
  rejection,
  requestOptions,
} from '../software-key/helpers.ts';
import { authenticatorOf } from './support.ts';

const FIRST = Buffer.from('first input').toString('base64url');
const SECOND = Buffer.from('second input').toString('base64url');

/** A key, and what it was asked to make. */
async function watched(options: Partial<TestKeyOptions> & { enterpriseRpIds?: string[] } = {}, ep?: boolean) {
  const asked: CborMap[] = [];
  const layer: Layer = (_context, inner) => async (message, running) => {
    if (message[0] === COMMAND.makeCredential) {
      asked.push(parametersOf(message));
      // A key without enterprise attestation would refuse the parameter.
      const rest = new Map([...parametersOf(message)].filter(([number]) => number !== 0x0a));
      return inner(messageOf(COMMAND.makeCredential, rest), running);
    }
    const answer = await inner(message, running);
    const told = message[0] === COMMAND.getInfo && ep !== undefined;
    return told ? changeInfo(answer, { options: { ep } }) : answer;
  };
  const opened = await authenticatorOf({
    persona: 'standard',
    ...options,
    layers: [layer, ...(options.layers ?? [])],
  });
  const make = (change: Partial<CreationOptions>) =>
    opened.authenticator.makeCredential(creationOptions(change), ORIGIN, person().talk);
  const sign = (ids: string[], extensions: RequestExtensions) =>
    opened.authenticator.getAssertion({ ...requestOptions(ids), extensions }, ORIGIN, person().talk);
  const extended = async (extensions: CreationExtensions, change: Partial<CreationOptions> = {}) =>
    (await make({ ...change, extensions })).clientExtensionResults;
  return { ...opened, asked, make, sign, extended };
}

describe('prf', () => {
  it('gives the same secrets for the same inputs, one for each, and others for another credential', async () => {
    const { make, sign } = await watched();
    const made = await make({ extensions: { prf: {} } });
    expect(made.clientExtensionResults).toEqual({ prf: { enabled: true } });
    const prf = { eval: { first: FIRST, second: SECOND } };
    const once = await sign([made.id], { prf });
    const again = await sign([made.id], { prf: { eval: { first: SECOND, second: FIRST } } });
    const results = resultsOf(once.clientExtensionResults);
    expect(fromBase64url(results.first)).toHaveLength(32);
    expect(results.second).not.toBe(results.first);
    expect(resultsOf(again.clientExtensionResults)).toEqual({ first: results.second, second: results.first });
    const other = await make({
      user: { id: 'b3RoZXI', name: 'o', displayName: 'O' },
      extensions: { prf: {} },
    });
    const others = await sign([other.id], { prf });
    expect(resultsOf(others.clientExtensionResults).first).not.toBe(results.first);
  });

  it('takes the inputs of the credential that signs, in a list of several', async () => {
    const { make, sign } = await watched();
    const made = await make({ extensions: { prf: {} } });
    const foreign = randomBytes(48).toString('base64url');
    const evalByCredential = { [foreign]: { first: SECOND }, [made.id]: { first: FIRST } };
    const signed = await sign([foreign, made.id], { prf: { eval: { first: SECOND }, evalByCredential } });
    const direct = await sign([made.id], { prf: { eval: { first: FIRST } } });
    expect(signed.clientExtensionResults).toEqual(direct.clientExtensionResults);
  });

  it('refuses inputs for credentials that are not in the list', async () => {
    const { make, sign } = await watched();
    const made = await make({ extensions: { prf: {} } });
    const signed = sign([made.id], { prf: { evalByCredential: { AAAA: { first: FIRST } } } });
    expect(await rejection(signed)).toMatchObject({
      code: 'input.invalid',
      details: { field: 'extensions.prf.evalByCredential' },
    });
  });

  it('asks for the PIN no more often than it was wrong, where secrets are given at once', async () => {
    const { authenticator, make } = await watched();
    await make({});
    const { talk, asks } = person({ pins: ['wrong1', PIN] });
    const prf = { eval: { first: FIRST } };
    const other = { id: 'b3RoZXI', name: 'o', displayName: 'O' };
    const made = await authenticator.makeCredential(
      creationOptions({ user: other, extensions: { prf } }),
      ORIGIN,
      talk,
    );
    expect(asks.map(({ problem }) => problem)).toEqual([null, 'wrong']);
    expect(made.clientExtensionResults.prf).toHaveProperty('results.first');
  });

  it('never signs with a credential that is not in the list, however long its ids are', async () => {
    const { make, sign } = await watched();
    await make({ extensions: { prf: {} } });
    const foreign = [0, 1].map(() => randomBytes(2_000).toString('base64url'));
    const evalByCredential = Object.fromEntries(foreign.map((id) => [id, { first: FIRST }]));
    const signed = sign(foreign, { prf: { evalByCredential } });
    expect(await rejection(signed)).toMatchObject({ code: 'authenticator.no_credentials' });
  });

  it('is told as missing for a credential that was made without it', async () => {
    const { make, sign } = await watched();
    const made = await make({});
    expect(made.clientExtensionResults).toEqual({});
    const signed = await sign([made.id], { prf: { eval: { first: FIRST } } });
    expect(Object.keys(signed.clientExtensionResults)).toEqual(['prf']);
  });

  it('stands on hmac-secret, which pages of the older kind use by themselves', async () => {
    const { make, sign } = await watched();
    const made = await make({ extensions: { hmacCreateSecret: true } });
    expect(made.clientExtensionResults).toEqual({ hmacCreateSecret: true });
    const salt1 = randomBytes(32).toString('base64url');
    const signed = await sign([made.id], { hmacGetSecret: { salt1 } });
    const again = await sign([made.id], { hmacGetSecret: { salt1 } });
    expect(signed.clientExtensionResults).toEqual(again.clientExtensionResults);
    const short = sign([made.id], { hmacGetSecret: { salt1: 'AAAA' } });
    expect(await rejection(short)).toMatchObject({ code: 'input.invalid' });
  });
});

describe('other extensions', () => {
  it('credProps tells whether the credential is discoverable', async () => {
    const { extended } = await watched();
    expect(await extended({ credProps: true })).toEqual({ credProps: { rk: true } });
    expect(await extended({ credProps: true }, { residentKey: 'discouraged' })).toEqual({
      credProps: { rk: false },
    });
  });

  it('credBlob keeps a blob with the credential and gives it back', async () => {
    const { make, sign } = await watched();
    const blob = randomBytes(32).toString('base64url');
    const made = await make({ extensions: { credBlob: blob } });
    expect(made.clientExtensionResults).toEqual({ credBlob: true });
    const signed = await sign([made.id], { getCredBlob: true });
    expect(signed.clientExtensionResults).toEqual({ getCredBlob: blob });
  });

  it('credBlob that is too long for the key is not stored, and does not keep it from making the credential', async () => {
    const { extended } = await watched();
    expect(await extended({ credBlob: randomBytes(33).toString('base64url') })).toEqual({ credBlob: false });
  });

  it('largeBlob is written, read and replaced, each credential its own', async () => {
    const { make, sign } = await watched();
    const required = { largeBlob: { support: 'required' } } as const;
    const made = await make({ extensions: required });
    const other = await make({ user: { id: 'b3RoZXI', name: 'o', displayName: 'O' }, extensions: required });
    expect(made.clientExtensionResults).toEqual({ largeBlob: { supported: true } });
    const results = async (id: string, largeBlob: RequestExtensions['largeBlob']) =>
      (await sign([id], { largeBlob })).clientExtensionResults;
    expect(await results(made.id, { read: true })).toEqual({ largeBlob: {} });
    for (const blob of ['first', 'second'].map((text) => Buffer.from(text).toString('base64url'))) {
      expect(await results(made.id, { write: blob })).toEqual({ largeBlob: { written: true } });
      expect(await results(made.id, { read: true })).toEqual({ largeBlob: { blob } });
    }
    expect(await results(other.id, { read: true })).toEqual({ largeBlob: {} });
    const full = randomBytes(8_000).toString('base64url');
    expect(await results(made.id, { write: full })).toEqual({ largeBlob: { written: false } });
  });

  it('largeBlob is not asked for where the key has no room for one, and the signature is given all the same', async () => {
    const without: Layer = (_context, inner) => async (message, running) => {
      const answer = await inner(message, running);
      if (message[0] !== COMMAND.getInfo) return answer;
      return changeInfo(answer, { options: { largeBlobs: undefined } });
    };
    const refusesTokens: Layer = (_context, inner) => async (message, running) => {
      const permissions = message[0] === COMMAND.clientPIN ? parametersOf(message).get(9) : 0;
      const refused = typeof permissions === 'number' && (permissions & PERMISSION.lbw) !== 0;
      return refused ? Uint8Array.of(STATUS.UNAUTHORIZED_PERMISSION) : inner(message, running);
    };
    const { make, sign } = await watched({ layers: [without, refusesTokens] });
    const made = await make({});
    const signed = await sign([made.id], { largeBlob: { write: 'AAAA' } });
    expect(signed.clientExtensionResults).toEqual({ largeBlob: { written: false } });
  });

  it('largeBlob is written to one credential only', async () => {
    const { sign } = await watched();
    expect(await rejection(sign([], { largeBlob: { write: 'AAAA' } }))).toMatchObject({
      code: 'input.invalid',
    });
  });

  it('appid finds credentials that were made for one, and says so', async () => {
    const appid = 'https://localhost/u2f.json';
    const { make, sign } = await watched();
    const old = await make({ rp: { id: appid, name: 'Old' } });
    const made = await make({});
    expect((await sign([old.id], { appid })).clientExtensionResults).toEqual({ appid: true });
    expect((await sign([made.id], { appid })).clientExtensionResults).toEqual({ appid: false });
  });

  it('largeBlob is not there for a credential that was made without it', async () => {
    const { make, sign } = await watched();
    const made = await make({});
    const signed = await sign([made.id], { largeBlob: { write: 'AAAA' } });
    expect(signed.clientExtensionResults).toEqual({ largeBlob: { written: false } });
  });

  it('prf gives secrets at once where the key can, the same as later', async () => {
    const { make, sign } = await watched();
    const prf = { eval: { first: FIRST, second: SECOND } };
    const made = await make({ extensions: { prf } });
    const signed = await sign([made.id], { prf });
    expect(resultsOf(made.clientExtensionResults)).toEqual(resultsOf(signed.clientExtensionResults));
  });

  it.each([
    ['userVerificationOptional', 1],
    ['userVerificationOptionalWithCredentialIDList', 2],
    ['userVerificationRequired', 3],
  ] as const)('credProtect asks for %s as %i', async (credentialProtectionPolicy, level) => {
    const { extended, asked } = await watched();
    await extended({ credentialProtectionPolicy, enforceCredentialProtectionPolicy: true });
    expect(asked[0]?.get(6)).toEqual(new Map([['credProtect', level]]));
  });

  it('credProtect hides a credential from a silent look, and the registration tells that it does', async () => {
    const { authenticator, make } = await watched();
    const hidden = await make({ extensions: { credentialProtectionPolicy: 'userVerificationRequired' } });
    const { signal } = new AbortController();
    expect(await authenticator.holds(RP_ID, [hidden.id], signal)).toBe('no');
    expect(await credProtectLevel(fromBase64url(hidden.response.attestationObject))).toBe(3);
    const plain = await make({ user: { id: 'b3RoZXI', name: 'o', displayName: 'O' } });
    expect(await authenticator.holds(RP_ID, [plain.id], signal)).toBe('yes');
    expect(await credProtectLevel(fromBase64url(plain.response.attestationObject))).toBeNull();
  });

  it('asks for nothing that the key does not know, unless the page insists', async () => {
    const silent: Layer = (_context, inner) => async (message, running) => {
      const answer = await inner(message, running);
      return message[0] === COMMAND.getInfo ? changeInfo(answer, { fields: { 2: [] } }) : answer;
    };
    const { extended, asked } = await watched({ layers: [silent] });
    const policy = { credentialProtectionPolicy: 'userVerificationRequired' } as const;
    const wish: CreationExtensions = {
      ...policy,
      prf: {},
      credBlob: 'AAAA',
      largeBlob: { support: 'preferred' },
    };
    expect(await extended(wish)).toEqual({
      prf: { enabled: false },
      credBlob: false,
      largeBlob: { supported: false },
    });
    expect(asked.map((parameters) => parameters.get(6))).toEqual([undefined]);
    for (const insisting of [
      { ...policy, enforceCredentialProtectionPolicy: true },
      { largeBlob: { support: 'required' } },
    ] satisfies CreationExtensions[]) {
      expect(await rejection(extended(insisting))).toMatchObject({
        code: 'authenticator.unsupported_extension',
      });
    }
  });
});

describe('attestation', () => {
  it.each([
    ['is not asked for by others', 'direct', true, [], undefined],
    ['is not asked for where the key is not set up for it', 'enterprise', false, [], undefined],
    ['is left to the list of the key', 'enterprise', true, [], 1],
    ['is decided by the list of this computer', 'enterprise', true, [RP_ID], 2],
  ] as const)('for an enterprise %s', async (_what, attestation, ep, enterpriseRpIds, expected) => {
    const { make, asked } = await watched({ enterpriseRpIds: [...enterpriseRpIds] }, ep);
    await make({ attestation });
    expect(asked[0]?.get(0x0a)).toBe(expected);
  });

  it('that names its maker is left out where none is wanted', async () => {
    const { authenticator } = await authenticatorOf({ persona: 'u2f' });
    const wish = { userVerification: 'preferred', residentKey: 'preferred', attestation: 'none' } as const;
    const made = await authenticator.makeCredential(creationOptions(wish), ORIGIN, person().talk);
    const object = decodeCbor(fromBase64url(made.response.attestationObject));
    if (!(object instanceof Map)) throw new Error('not an attestation object');
    expect([object.get('fmt'), object.get('attStmt')]).toEqual(['none', new Map()]);
  });
});

describe('several accounts', () => {
  it('are offered, and the chosen one signs', async () => {
    const { make, authenticator } = await watched();
    const users = ['QUxJQ0U', 'Qk9C'];
    for (const id of users) await make({ user: { id, name: id, displayName: id } });
    const offered: string[][] = [];
    for (const wanted of users) {
      const talk = {
        ...person().talk,
        chooseAccount: async (accounts: readonly { name: string | undefined }[]) => {
          offered.push(accounts.map(({ name }) => name ?? ''));
          return accounts.findIndex(({ name }) => name === wanted);
        },
      };
      const signed = await authenticator.getAssertion(requestOptions([]), ORIGIN, talk);
      expect(signed.response.userHandle).toBe(wanted);
    }
    // The newest first. CTAP 2.2 §6.2.2.
    expect(offered).toEqual([users.toReversed(), users.toReversed()]);
  });
});

function resultsOf(results: Record<string, unknown>): { first: string; second: string } {
  const prf = results.prf;
  if (typeof prf !== 'object' || prf === null || !('results' in prf)) throw new Error('no results of prf');
  return prf.results as { first: string; second: string };
}
