import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../main/app/index.ts';
import { ceremonyOrigin } from '../../../main/app/relying-party.ts';

const from = (origin: string | null): Caller => ({ clientId: 'c', host: 'web', origin });

describe('the origin of a ceremony', () => {
  test.each([
    ['http://localhost:4321', 'http://localhost:4321'],
    ['http://localhost', 'http://localhost'],
    ['https://localhost', 'https://localhost'],
    [null, 'https://localhost'],
  ])('of %s is %s', (page, origin) => {
    expect(ceremonyOrigin(from(page))).toBe(origin);
  });

  test.each([
    'https://localhost:4321',
    'http://127.0.0.1:4321',
    'http://localhost.example.org',
    'https://example.org',
    'http://evil.localhost:4321',
    'file://localhost',
  ])('%s is refused', (page) => {
    expect(() => ceremonyOrigin(from(page))).toThrow(
      expect.objectContaining({ code: 'auth.origin_mismatch' }),
    );
  });
});
