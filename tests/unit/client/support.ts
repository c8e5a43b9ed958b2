import { onTestFinished } from 'vitest';
import { openCtapAuthenticator } from '../../../main/authenticators/index.ts';
import { openTestKey, type TestKeyOptions } from '../../support/keys/test-key.ts';

/** A key that behaves as told, opened as an authenticator. */
export async function authenticatorOf(options: TestKeyOptions & { enterpriseRpIds?: string[] }) {
  const key = await openTestKey(options);
  onTestFinished(() => key.close());
  const authenticator = await openCtapAuthenticator({
    pipe: key.connect(),
    kind: 'securityKey',
    name: 'Key for tests',
    clock: Date,
    touchTimeout: null,
    enterpriseRpIds: options.enterpriseRpIds ?? [],
  });
  onTestFinished(() => authenticator.close());
  return { key, authenticator };
}
