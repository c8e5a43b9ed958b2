import canonicalize from 'canonicalize';
import type { ActionRequest } from '../../shared/contract/index.ts';
import { sha256 } from '../platform/index.ts';

/**
 * Canonical JSON: the same value always gives the same text (RFC 8785).
 * @throws {TypeError} for what JSON cannot hold
 */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('This value has no JSON form.');
  return text;
}

/** The canonical text of a request and its SHA-256 (32 bytes): what a person signs. */
export function canonicalRequest(request: ActionRequest): { text: string; hash: Uint8Array<ArrayBuffer> } {
  const text = canonicalJson(request);
  return { text, hash: sha256(text) };
}
