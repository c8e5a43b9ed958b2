import { fromBase64url, toBase64url } from '../../../shared/domain/index.ts';
import { type HmacSecret, type HmacSecrets, type PrfValues, prfSalts } from '../../ctap/index.ts';

/** Inputs of prf as they come from a page, base64url. WebAuthn Level 3 §10.1.4. */
export type PrfInput = { first: string; second?: string | undefined };

/** The bytes of prf's inputs. */
export function prfBytes({ first, second }: PrfInput): PrfValues {
  return { first: fromBase64url(first), second: second === undefined ? undefined : fromBase64url(second) };
}

/** The salts of hmac-secret for inputs of prf. WebAuthn Level 3 §10.1.4. */
export function saltsOf(input: PrfInput) {
  return prfSalts(prfBytes(input));
}

/**
 * Opens the secrets that came back and gives them as text: a page gets them as text or not at all. The buffers are
 * wiped.
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function openSecrets(secret: HmacSecret, sealed: Uint8Array): { first: string; second?: string } {
  const opened: HmacSecrets = secret.open(sealed);
  try {
    return {
      first: toBase64url(opened.first),
      ...(opened.second === undefined ? {} : { second: toBase64url(opened.second) }),
    };
  } finally {
    opened.first.fill(0);
    opened.second?.fill(0);
  }
}
