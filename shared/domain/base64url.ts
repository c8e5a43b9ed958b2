const PATTERN = /^[A-Za-z0-9_-]*$/;

/** Encodes bytes as base64url without padding (RFC 4648 §5). */
export function toBase64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Decodes base64url without padding (RFC 4648 §5) to bytes.
 * @throws {TypeError} when the text holds any other character or has an impossible length.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (!isBase64url(text)) throw new TypeError('This text is not base64url.');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** True when the text is base64url without padding and of a length that can be decoded. */
export function isBase64url(text: string): boolean {
  return PATTERN.test(text) && text.length % 4 !== 1;
}
