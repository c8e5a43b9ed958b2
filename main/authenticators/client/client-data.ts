import { createHash } from 'node:crypto';
import { toBase64url } from '../../../shared/domain/index.ts';

/** What a client collected about a ceremony, in both forms that are needed of it. */
export type ClientData = {
  /** clientDataJSON, base64url */
  json: string;
  /** SHA-256 of clientDataJSON, 32 bytes */
  hash: Uint8Array;
};

/**
 * Builds the client data as a client must. WebAuthn §5.8.1, serialised as in §5.8.1.1.
 * @param challenge base64url
 * @param origin scheme, host and port
 */
export function collectClientData(
  type: 'webauthn.create' | 'webauthn.get',
  challenge: string,
  origin: string,
): ClientData {
  const json = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  return { json: toBase64url(json), hash: createHash('sha256').update(json).digest() };
}
