/** What every authenticator must take of a name, bytes of UTF-8. WebAuthn §6.4.1. */
export const MAX_NAME_BYTES = 64;

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * A name as authenticators get it: at most 64 bytes of UTF-8, cut between two letters as a person sees them, or
 * inside a single one that is longer, but never inside a code point. Authenticators cut anywhere or refuse what is
 * longer. WebAuthn §6.4.1, string truncation by clients.
 */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const whole = prefix([...letters.segment(name)].map(({ segment }) => segment));
  return whole === '' ? prefix(name) : whole;
}

/** The first parts, as many as fit. */
function prefix(parts: Iterable<string>): string {
  let fitting = '';
  let bytes = 0;
  for (const part of parts) {
    bytes += Buffer.byteLength(part);
    if (bytes > MAX_NAME_BYTES) break;
    fitting += part;
  }
  return fitting;
}
