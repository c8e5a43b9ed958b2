import { describe, expect, test } from 'vitest';
import { pinProblem } from '../../../renderer/features/ceremony/pin-rules.ts';

const set = { ask: 'set', minLength: 6, maxLength: null, maxBytes: 63 } as const;
const enter = { ask: 'enter', minLength: 6, maxLength: null, maxBytes: 63 } as const;

describe('a PIN as typed', () => {
  test('is long enough by code points, not by code units', () => {
    expect(pinProblem('12345', '12345', set)).toBe('tooShort');
    expect(pinProblem('123456', '123456', set)).toBeNull();
    expect(pinProblem('🔑🔑🔑', '🔑🔑🔑', set)).toBe('tooShort');
    expect(pinProblem('🔑🔑🔑🔑🔑🔑', '🔑🔑🔑🔑🔑🔑', set)).toBeNull();
  });

  test('is short enough by bytes, not by characters', () => {
    expect(pinProblem('a'.repeat(63), 'a'.repeat(63), set)).toBeNull();
    expect(pinProblem('a'.repeat(64), 'a'.repeat(64), set)).toBe('tooLong');
    expect(pinProblem('ä'.repeat(32), 'ä'.repeat(32), set)).toBe('tooLong');
    expect(pinProblem('ä'.repeat(31), 'ä'.repeat(31), set)).toBeNull();
  });

  test('is short enough by code points too, where the key says so', () => {
    const eight = { ...set, maxLength: 8 };
    expect(pinProblem('12345678', '12345678', eight)).toBeNull();
    expect(pinProblem('🔑🔑🔑🔑🔑🔑🔑🔑', '🔑🔑🔑🔑🔑🔑🔑🔑', eight)).toBeNull();
    expect(pinProblem('123456789', '123456789', eight)).toBe('tooLong');
    // One that is there may be older than the rule.
    expect(pinProblem('123456789', null, { ...eight, ask: 'enter' })).toBeNull();
  });

  test('is counted and compared in NFC', () => {
    // Six code points as typed, three after composition.
    expect(pinProblem('a\u0308a\u0308a\u0308', 'äää', set)).toBe('tooShort');
    expect(pinProblem('a\u0308bcdef', 'äbcdef', set)).toBeNull();
  });

  test('must be repeated', () => {
    expect(pinProblem('123456', '123457', set)).toBe('differs');
    expect(pinProblem('123456', '', set)).toBe('differs');
    expect(pinProblem('', '', set)).toBe('empty');
  });

  test('to unlock may be of any length, for the key may be older than the rule', () => {
    expect(pinProblem('1234', null, enter)).toBeNull();
    expect(pinProblem('', null, enter)).toBe('empty');
    expect(pinProblem('a'.repeat(64), null, enter)).toBe('tooLong');
  });
});
