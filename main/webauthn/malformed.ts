import { KeywrightError } from '../../shared/errors/index.ts';

/**
 * The error for a response that cannot be read.
 * @param field the part of the response that is wrong, by its name in WebAuthn
 */
export function malformed(field: string, cause?: unknown): KeywrightError {
  return new KeywrightError('auth.response_malformed', { details: { field }, cause });
}
