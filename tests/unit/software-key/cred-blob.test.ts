import { describe, expect, it } from 'vitest';
import {
  type Ctap2,
  getAssertionExtensions,
  makeCredentialExtensions,
  parseAssertionOutputs,
  parseAuthenticatorData,
} from '../../../main/ctap/index.ts';
import { assertion, make, throwAwayKey } from './helpers.ts';

const wish = getAssertionExtensions({ credBlob: true });

/** A new credential with a blob; what makeCredential said of it. */
async function withBlob(ctap: Ctap2, credBlob: Uint8Array, options: { rk?: boolean; user?: string } = {}) {
  const { rk = true, user = 'user' } = options;
  return make(ctap, { rk, user, extensions: makeCredentialExtensions({ credBlob }) });
}

const blobOf = ({ authData }: { authData: Uint8Array }) =>
  parseAssertionOutputs(parseAuthenticatorData(authData).extensions).credBlob;

describe('credBlob', () => {
  it('is kept with a resident credential and given back when it is asked for', async () => {
    const { ctap } = await throwAwayKey();
    const blob = new Uint8Array(32).fill(7);
    const { credentialId, extensions } = await withBlob(ctap, blob);
    expect(extensions).toEqual(new Map([['credBlob', true]]));
    const ids = [credentialId];
    expect(blobOf(await assertion(ctap, { ids, extensions: wish }))).toEqual(blob);
    expect(blobOf(await assertion(ctap, { ids }))).toBeUndefined();
  });

  it('is not kept where it is too long, or the credential is not resident', async () => {
    const { ctap } = await throwAwayKey();
    const long = await withBlob(ctap, new Uint8Array(33));
    const elsewhere = await withBlob(ctap, new Uint8Array(1), { rk: false });
    for (const { credentialId, extensions } of [long, elsewhere]) {
      expect(extensions).toEqual(new Map([['credBlob', false]]));
      const signed = await assertion(ctap, { ids: [credentialId], extensions: wish });
      expect(blobOf(signed)).toEqual(new Uint8Array());
    }
  });

  it('is each credential’s own, in a row of assertions too, and may be empty', async () => {
    const { ctap } = await throwAwayKey();
    await withBlob(ctap, new Uint8Array(), { user: 'a' });
    await withBlob(ctap, Uint8Array.of(1, 2, 3), { user: 'b' });
    await make(ctap, { rk: true, user: 'c' });
    const answers = [
      await assertion(ctap, { extensions: wish }),
      await ctap.getNextAssertion(),
      await ctap.getNextAssertion(),
    ];
    expect(answers.map(blobOf)).toEqual([new Uint8Array(), Uint8Array.of(1, 2, 3), new Uint8Array()]);
  });
});
