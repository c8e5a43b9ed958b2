import { expect } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode, KeywrightError } from '../../../shared/errors/index.ts';

/** The error that a verification ends with; fails the test where it does not fail. */
export async function refusal(verification: Promise<unknown>): Promise<KeywrightError> {
  const outcome = await verification.then(
    () => 'accepted',
    (error: unknown) => error,
  );
  if (!(outcome instanceof KeywrightError)) throw new Error(`Expected a refusal, got ${String(outcome)}`);
  return outcome;
}

/** Expects a refusal with this code, and the catalogue's own sentence. */
export async function expectRefusal(
  verification: Promise<unknown>,
  code: ErrorCode,
  details?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const error = await refusal(verification);
  expect(error.code).toBe(code);
  expect(error.message).toBe(ERROR_CATALOGUE[code].message);
  if (details !== undefined) expect(error.details).toEqual(details);
}
