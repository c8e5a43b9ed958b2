import { ERROR_CATALOGUE, KeywrightError } from '../../../shared/errors/index.ts';

/** A failure in the words a person can act on: the sentence, then the next step on a line of its own. No stack. */
export function explain(error: unknown): string {
  const known = error instanceof KeywrightError ? error : new KeywrightError('internal', { cause: error });
  if (known === error) {
    // A sentence written for one case says itself what to do; the general hint would only mislead.
    const general = known.message === ERROR_CATALOGUE[known.code].message || !known.code.startsWith('input.');
    return general ? `${known.message}\n${known.hint}` : known.message;
  }
  // Before the core is up there is no log to look into, so the cause is all there is.
  const cause = error instanceof Error ? ` (${error.message})` : '';
  return `${known.message}${cause}\nTry again, or start with another data folder.`;
}
