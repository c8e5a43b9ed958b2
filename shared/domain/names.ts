/** Why a name is refused. `taken` is decided by the store, all others by {@link checkName}. */
export type NameProblem =
  | 'empty'
  | 'tooLong'
  | 'controlCharacter'
  | 'directionOverride'
  | 'notText'
  | 'taken';

export type NameCheck = { ok: true; name: string } | { ok: false; problem: NameProblem };

/** The longest name, in Unicode code points after trimming and NFC. */
export const NAME_MAX_LENGTH = 64;

// Bidi embeddings, overrides, isolates and marks: they can make a name read as another one.
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Cleans a name as typed (trim, Unicode NFC) and checks it: 1 to 64 code points, at least one visible
 * character, no control or direction-changing character, no lone surrogate.
 */
export function checkName(raw: string): NameCheck {
  if (!raw.isWellFormed()) return { ok: false, problem: 'notText' };
  const name = raw.trim().normalize('NFC');
  if (CONTROL.test(name)) return { ok: false, problem: 'controlCharacter' };
  if (DIRECTION.test(name)) return { ok: false, problem: 'directionOverride' };
  if (!VISIBLE.test(name)) return { ok: false, problem: 'empty' };
  if ([...name].length > NAME_MAX_LENGTH) return { ok: false, problem: 'tooLong' };
  return { ok: true, name };
}

/** The form in which two names are compared: without regard to case, width or invisible characters. */
export function nameKey(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .trim();
}
