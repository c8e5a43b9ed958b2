import { describe, expect, it } from 'vitest';
import { Aaguid, Id } from '../../../shared/domain/index.ts';

describe('an AAGUID', () => {
  it.each([
    ['zeros, of a key that has none', '00000000-0000-0000-0000-000000000000'],
    ['a UUID', 'cb69481e-8ff7-4039-93ec-0a2729a154a8'],
    ['16 bytes that are no UUID', '8876631b-d4a0-427f-5773-0ec71c9e0279'],
  ])('may be %s', (_what, aaguid) => {
    expect(Aaguid.parse(aaguid)).toBe(aaguid);
  });

  it.each([
    '',
    '8876631bd4a0427f57730ec71c9e0279',
    '8876631b-d4a0-427f-5773-0ec71c9e027',
    'x876631b-d4a0-427f-5773-0ec71c9e0279',
  ])('is written as a UUID, not as %s', (aaguid) => {
    expect(Aaguid.safeParse(aaguid).success).toBe(false);
  });

  it('is not what names our own things', () => {
    expect(Id.safeParse('8876631b-d4a0-427f-5773-0ec71c9e0279').success).toBe(false);
  });
});
