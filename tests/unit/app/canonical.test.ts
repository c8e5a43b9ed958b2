import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actionChallenge, canonicalJson, canonicalRequest } from '../../../main/actions/index.ts';

describe('canonical JSON (RFC 8785)', () => {
  test('gives the example of the RFC', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });
});

describe('the challenge of an action', () => {
  const request = {
    operation: 'credentials.rename',
    method: 'PUT',
    resource: `/credentials/${randomUUID()}/name`,
    body: { name: 'Desk key' },
  } as const;
  const binding = {
    workspaceId: randomUUID(),
    actionId: randomUUID(),
    nonce: randomBytes(32),
    expiresAt: 1_790_000_000_000,
    requestHash: canonicalRequest(request).hash,
  };

  test('is 32 bytes and the same every time', () => {
    expect(actionChallenge(binding)).toHaveLength(32);
    expect(actionChallenge(binding)).toEqual(actionChallenge({ ...binding }));
  });

  test.each([
    ['workspaceId', randomUUID()],
    ['actionId', randomUUID()],
    ['nonce', randomBytes(32)],
    ['expiresAt', 1_790_000_000_001],
    ['requestHash', canonicalRequest({ ...request, body: { name: 'Desk kez' } }).hash],
  ])('is another one for another %s', (field, value) => {
    expect(actionChallenge({ ...binding, [field]: value })).not.toEqual(actionChallenge(binding));
  });
});
