import { ERROR_CATALOGUE, type ErrorBody } from '../../shared/errors/index.ts';
import { i18n } from './index.ts';

/** Sentence and next step of an error in the language of the interface. */
export type ErrorWords = { message: string; hint: string };

/**
 * The words for an error: those of its code, unless the core sent a more exact sentence than the catalogue's.
 * A code that this window does not know keeps the core's own words.
 */
export function errorWords(error: ErrorBody): ErrorWords {
  if (!Object.hasOwn(ERROR_CATALOGUE, error.code)) return { message: error.message, hint: error.hint };
  const exact = error.message !== ERROR_CATALOGUE[error.code].message;
  // The codes hold dots, so they are looked up as they are and not as paths.
  const texts = i18n.getResource(i18n.language, 'app', 'errors') as typeof ERROR_CATALOGUE | undefined;
  const known = texts?.[error.code];
  return {
    message: exact ? error.message : (known?.message ?? error.message),
    hint: known?.hint ?? error.hint,
  };
}
