import { describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE, isErrorCode, KeywrightError } from '../../../shared/errors/index.ts';

describe('the error catalogue', () => {
  test.each(Object.entries(ERROR_CATALOGUE))('%s has a sentence and a next step', (_, { message, hint }) => {
    expect(message).toMatch(/^\p{Lu}.*[.:]$/u);
    expect(hint).toMatch(/^\p{Lu}.*\.$/u);
  });

  test('knows its codes and no others', () => {
    expect(isErrorCode('auth.counter_regressed')).toBe(true);
    expect(isErrorCode('toString')).toBe(false);
  });
});

describe('an error that crosses a border', () => {
  test('keeps code, sentence, next step and details; loses stack and cause', () => {
    const error = new KeywrightError('auth.counter_regressed', {
      details: { stored: 5, received: 3 },
      cause: new Error('secret path'),
    });
    const body = JSON.stringify(error.toBody());
    expect(body).not.toContain('secret path');
    expect(body).not.toContain('.ts');
    const back = KeywrightError.fromBody(JSON.parse(body));
    expect([back.code, back.message, back.hint, back.details]).toEqual([
      error.code,
      error.message,
      error.hint,
      { stored: 5, received: 3 },
    ]);
  });
});
