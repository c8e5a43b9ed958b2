import { KeywrightError } from '../../shared/errors/index.ts';
import { type CborMap, type CborValue, decodeCborPrefix } from './cbor.ts';

/** Flags of authenticator data. WebAuthn §6.1. */
export const AUTH_DATA_FLAG = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;

/** The new credential inside authenticator data. WebAuthn §6.5.1. */
export type AttestedCredentialData = {
  /** 16 bytes */
  aaguid: Uint8Array;
  credentialId: Uint8Array;
  /** COSE_Key */
  publicKey: CborMap;
  /** COSE_Key as it came, bytes */
  publicKeyBytes: Uint8Array;
};

/** Authenticator data taken apart. WebAuthn §6.1. */
export type AuthenticatorData = {
  /** 32 bytes */
  rpIdHash: Uint8Array;
  flags: number;
  signCount: number;
  attestedCredential: AttestedCredentialData | null;
  /** Outputs of extensions; empty where there are none. */
  extensions: CborMap;
};

const HEAD = 37;
const AAGUID = 16;

/**
 * Takes authenticator data apart. Nothing may be missing, nothing may follow. WebAuthn §6.1.
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  if (bytes.length < HEAD) throw malformed();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(32);
  let rest = bytes.subarray(HEAD);
  let attestedCredential: AttestedCredentialData | null = null;
  if ((flags & AUTH_DATA_FLAG.AT) !== 0) {
    const parsed = takeCredential(rest);
    attestedCredential = parsed.credential;
    rest = parsed.rest;
  }
  let extensions: CborMap = new Map();
  if ((flags & AUTH_DATA_FLAG.ED) !== 0) {
    const parsed = takeMap(rest);
    extensions = parsed.map;
    rest = parsed.rest;
  }
  if (rest.length > 0) throw malformed();
  return {
    rpIdHash: bytes.subarray(0, 32),
    flags,
    signCount: view.getUint32(33),
    attestedCredential,
    extensions,
  };
}

function takeCredential(bytes: Uint8Array): { credential: AttestedCredentialData; rest: Uint8Array } {
  if (bytes.length < AAGUID + 2) throw malformed();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = AAGUID + 2;
  const end = start + view.getUint16(AAGUID);
  const credentialId = bytes.subarray(start, end);
  if (bytes.length < end || credentialId.length === 0) throw malformed();
  const { map: publicKey, rest } = takeMap(bytes.subarray(end));
  const publicKeyBytes = bytes.subarray(end, bytes.length - rest.length);
  return { credential: { aaguid: bytes.subarray(0, AAGUID), credentialId, publicKey, publicKeyBytes }, rest };
}

function takeMap(bytes: Uint8Array): { map: CborMap; rest: Uint8Array } {
  let item: { value: CborValue; rest: Uint8Array };
  try {
    item = decodeCborPrefix(bytes);
  } catch (cause) {
    throw malformed(cause);
  }
  if (!(item.value instanceof Map)) throw malformed();
  return { map: item.value, rest: item.rest };
}

function malformed(cause?: unknown): KeywrightError {
  return new KeywrightError('authenticator.malformed_answer', { cause });
}
