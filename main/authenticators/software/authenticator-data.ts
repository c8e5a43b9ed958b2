import { type CborMap, encodeCbor } from '../../ctap/index.ts';
import { AAGUID_BYTES } from './model.ts';

/** Flags of authenticator data. WebAuthn §6.1. BE and BS stay 0: these passkeys never leave the key. */
export const FLAG = { UP: 0x01, UV: 0x04, AT: 0x40, ED: 0x80 } as const;

/** What authenticator data is made of. */
export type AuthenticatorDataParts = {
  /** 32 bytes */
  rpIdHash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  signCount: number;
  /** Present at registration: the new credential. */
  attested?: { credentialId: Uint8Array; publicKey: CborMap };
  extensions?: CborMap | undefined;
};

/** Authenticator data as it is signed. WebAuthn §6.1, §6.5.2. */
export function authenticatorData(parts: AuthenticatorDataParts): Buffer {
  const { attested, extensions } = parts;
  const head = Buffer.alloc(5);
  head[0] =
    (parts.userPresent ? FLAG.UP : 0) |
    (parts.userVerified ? FLAG.UV : 0) |
    (attested === undefined ? 0 : FLAG.AT) |
    (extensions === undefined ? 0 : FLAG.ED);
  head.writeUInt32BE(parts.signCount, 1);
  const pieces: Uint8Array[] = [parts.rpIdHash, head];
  if (attested !== undefined) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(attested.credentialId.length);
    pieces.push(AAGUID_BYTES, length, attested.credentialId, encodeCbor(attested.publicKey));
  }
  if (extensions !== undefined) pieces.push(encodeCbor(extensions));
  return Buffer.concat(pieces);
}
