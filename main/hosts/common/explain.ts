import { KeywrightError } from '../../../shared/errors/index.ts';

/** A failure in the words a person can act on: the sentence, then the next step. No stack. */
export function explain(error: unknown): { message: string; hint: string } {
  const known = error instanceof KeywrightError ? error : new KeywrightError('internal', { cause: error });
  if (known.code !== 'internal' || !(error instanceof Error))
    return { message: known.message, hint: known.hint };
  // Before the core is up there is no log to look into, so the cause is all there is.
  return {
    message: `${known.message} (${error.message})`,
    hint: 'Try again, or start with another data folder.',
  };
}
