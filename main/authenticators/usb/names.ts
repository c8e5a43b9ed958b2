const LONGEST = 64;

/**
 * A text that a device gives about itself, made fit to be shown: without control, format and lone surrogate
 * characters, at most 64 code points; null where nothing is left.
 */
export function cleanText(raw: string | null | undefined): string | null {
  const text = (raw ?? '')
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .normalize('NFC');
  return text === '' ? null : [...text].slice(0, LONGEST).join('').trim();
}
