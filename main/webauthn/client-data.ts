import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { fromBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { malformed } from './malformed.ts';

/** `CollectedClientData` of WebAuthn Level 3 §5.8.1. Unknown members are signed as well, but not looked at. */
const ClientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
  topOrigin: z.string().optional(),
});
export type ClientData = z.infer<typeof ClientData>;

/**
 * Reads clientDataJSON (base64url of UTF-8 JSON).
 * @throws KeywrightError `auth.response_malformed`
 */
export function parseClientData(clientDataJSON: string): ClientData {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(fromBase64url(clientDataJSON));
    return ClientData.parse(JSON.parse(text));
  } catch (cause) {
    throw malformed('clientDataJSON', cause);
  }
}

/**
 * Checks type, challenge, origin and frame, in this order (WebAuthn Level 3 §7.1 steps 7 to 11, §7.2 steps 10
 * to 14).
 * @throws KeywrightError `auth.type_mismatch`, `auth.challenge_mismatch`, `auth.origin_mismatch`
 */
export function checkClientData(
  data: ClientData,
  expected: {
    type: 'webauthn.create' | 'webauthn.get';
    challenge: string;
    origin: string;
    topOrigin?: string | undefined;
  },
): void {
  if (data.type !== expected.type) throw new KeywrightError('auth.type_mismatch');
  if (!sameText(data.challenge, expected.challenge)) throw new KeywrightError('auth.challenge_mismatch');
  if (data.origin !== expected.origin) {
    throw new KeywrightError('auth.origin_mismatch', {
      details: { field: 'origin', expected: expected.origin, received: short(data.origin) },
    });
  }
  checkFrame(data, expected.topOrigin);
}

/** Without an expected top origin no frame of another origin is allowed; Safari reports one without its name. */
function checkFrame({ crossOrigin, topOrigin }: ClientData, expected: string | undefined): void {
  const framed = crossOrigin === true;
  if (framed && expected === undefined) {
    throw new KeywrightError('auth.origin_mismatch', { details: { field: 'crossOrigin' } });
  }
  if (topOrigin !== undefined && (!framed || topOrigin !== expected)) {
    throw new KeywrightError('auth.origin_mismatch', {
      details: { field: 'topOrigin', expected: expected ?? null, received: short(topOrigin) },
    });
  }
}

/** Compares two texts in constant time; their lengths are no secret. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** An origin that someone else wrote, cut to what a person can read. */
function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
