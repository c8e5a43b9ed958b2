import { fromBase64url, type RequestExtensions, toBase64url } from '../../../shared/domain/index.ts';
import type { HmacSecret, HmacSecrets, PrfInputs, PrfValues } from '../../ctap/index.ts';

type PrfInput = { first: string; second?: string | undefined };

/** The bytes of one input of prf, which comes from a page as base64url. WebAuthn Level 3 §10.1.4. */
export function prfValues({ first, second }: PrfInput): PrfValues {
  return { first: fromBase64url(first), second: second === undefined ? undefined : fromBase64url(second) };
}

/** The bytes of all inputs of prf. WebAuthn Level 3 §10.1.4. */
export function prfInputs(prf: RequestExtensions['prf']): PrfInputs {
  const { eval: all, evalByCredential = {} } = prf ?? {};
  return {
    eval: all === undefined ? undefined : prfValues(all),
    evalByCredential: Object.fromEntries(
      Object.entries(evalByCredential).map(([id, input]) => [id, prfValues(input)]),
    ),
  };
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
