import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { encode } from 'cborg';
import { z } from 'zod';
import type { AssertionExpectation, RegistrationExpectation } from '../../../main/webauthn/index.ts';
import {
  type AuthenticationResponse,
  type RegistrationResponse,
  toBase64url,
} from '../../../shared/domain/index.ts';

/** An authenticator and its client in one, that can also lie: everything below is really signed. */

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';
export const COSE: Record<Algorithm, number> = { ES256: -7, EdDSA: -8, RS256: -257 };
export const FLAG = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40, ED: 0x80 } as const;
export const AAGUID = '0102030405060708090a0b0c0d0e0f10';
export const RP_ID = 'keys.example';
export const ORIGIN = 'https://keys.example';
export const CHALLENGE = toBase64url(new Uint8Array(32).fill(7));
export const USER_HANDLE = new Uint8Array(16).fill(9);

export type Key = {
  algorithm: Algorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
  cose: Uint8Array;
  credentialId: Uint8Array;
};

const Jwk = z.object({
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
});

function makePair(algorithm: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function makeKey(algorithm: Algorithm): Key {
  const { privateKey, publicKey } = makePair(algorithm);
  const jwk = Jwk.parse(publicKey.export({ format: 'jwk' }));
  const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
  const fields: [number, number | Uint8Array][] =
    algorithm === 'ES256'
      ? [
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, bytes(jwk.x)],
          [-3, bytes(jwk.y)],
        ]
      : algorithm === 'EdDSA'
        ? [
            [1, 1],
            [3, -8],
            [-1, 6],
            [-2, bytes(jwk.x)],
          ]
        : [
            [1, 3],
            [3, -257],
            [-1, bytes(jwk.n)],
            [-2, bytes(jwk.e)],
          ];
  return { algorithm, privateKey, publicKey, cose: encode(new Map(fields)), credentialId: randomBytes(32) };
}

/** Signs as an authenticator does: SHA-256 for ES256 and RS256, DER for ES256. */
export function signWith(key: Key, data: Uint8Array): Uint8Array {
  return sign(key.algorithm === 'EdDSA' ? null : 'sha256', data, key.privateKey);
}

export function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Authenticator data of WebAuthn §6.1. */
export function authenticatorData(parts: {
  rpId: string;
  flags: number;
  counter: number;
  rest?: Uint8Array;
}): Uint8Array {
  const head = Buffer.alloc(37);
  sha256(parts.rpId).copy(head, 0);
  head.writeUInt8(parts.flags, 32);
  head.writeUInt32BE(parts.counter, 33);
  return Buffer.concat([head, parts.rest ?? new Uint8Array()]);
}

/** Attested credential data of WebAuthn §6.5.1. */
export function attestedData(key: Key, credentialId: Uint8Array = key.credentialId): Uint8Array {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(credentialId.length);
  return Buffer.concat([Buffer.from(AAGUID, 'hex'), length, credentialId, key.cose]);
}

type ClientData = {
  type?: string;
  challenge?: string;
  origin?: string;
  crossOrigin?: unknown;
  topOrigin?: unknown;
};

function clientDataJSON(type: string, given: ClientData = {}): Buffer {
  return Buffer.from(
    JSON.stringify({ type, challenge: CHALLENGE, origin: ORIGIN, crossOrigin: false, ...given }),
  );
}

export type RegistrationWish = {
  clientData?: ClientData;
  rpId?: string;
  flags?: number;
  counter?: number;
  attestation?: 'none' | 'packed';
  /** Names another credential outside than in the authenticator data. */
  id?: Uint8Array;
  /** Changes the authenticator data before it is signed. */
  authData?: (bytes: Uint8Array) => Uint8Array;
  /** Changes the attestation statement after it was signed. */
  attStmt?: (statement: Record<string, unknown>) => Record<string, unknown>;
};

/** A registration response; without wishes it is right in every way. */
export function register(key: Key, wish: RegistrationWish = {}): RegistrationResponse {
  const clientData = clientDataJSON('webauthn.create', wish.clientData);
  const made = authenticatorData({
    rpId: wish.rpId ?? RP_ID,
    flags: wish.flags ?? FLAG.UP | FLAG.UV | FLAG.AT,
    counter: wish.counter ?? 0,
    rest: attestedData(key),
  });
  const authData = wish.authData?.(made) ?? made;
  const fmt = wish.attestation ?? 'packed';
  const statement =
    fmt === 'none'
      ? {}
      : { alg: COSE[key.algorithm], sig: signWith(key, Buffer.concat([authData, sha256(clientData)])) };
  const attStmt = wish.attStmt?.(statement) ?? statement;
  const id = toBase64url(wish.id ?? key.credentialId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64url(clientData),
      attestationObject: toBase64url(encode({ fmt, attStmt, authData })),
      transports: ['usb'],
    },
    clientExtensionResults: {},
  };
}

export type AssertionWish = {
  clientData?: ClientData;
  rpId?: string;
  flags?: number;
  counter?: number;
  id?: Uint8Array;
  userHandle?: Uint8Array | null;
  rest?: Uint8Array;
  /** Changes the signature after it was made. */
  signature?: (bytes: Uint8Array) => Uint8Array;
};

/** An assertion; without wishes it is right in every way. */
export function assert(key: Key, wish: AssertionWish = {}): AuthenticationResponse {
  const clientData = clientDataJSON('webauthn.get', wish.clientData);
  const authData = authenticatorData({
    rpId: wish.rpId ?? RP_ID,
    flags: wish.flags ?? FLAG.UP | FLAG.UV,
    counter: wish.counter ?? 1,
    ...(wish.rest === undefined ? {} : { rest: wish.rest }),
  });
  const made = signWith(key, Buffer.concat([authData, sha256(clientData)]));
  const id = toBase64url(wish.id ?? key.credentialId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: toBase64url(clientData),
      authenticatorData: toBase64url(authData),
      signature: toBase64url(wish.signature?.(made) ?? made),
      ...(wish.userHandle === null ? {} : { userHandle: toBase64url(wish.userHandle ?? USER_HANDLE) }),
    },
    clientExtensionResults: {},
  };
}

/** What a relying party expects of `register`. */
export const expectedRegistration: RegistrationExpectation = {
  challenge: CHALLENGE,
  origin: ORIGIN,
  rpId: RP_ID,
  userVerification: 'required',
  algorithms: [-7, -8, -257],
};

/** What a relying party expects of `assert`. */
export function expectedAssertion(key: Key): AssertionExpectation {
  return {
    challenge: CHALLENGE,
    origin: ORIGIN,
    rpId: RP_ID,
    userVerification: 'required',
    credential: {
      credentialId: key.credentialId,
      publicKey: key.cose,
      signCount: 0,
      backupEligible: false,
      userHandle: USER_HANDLE,
    },
  };
}

/** Flips the last bit of a byte. */
export function flip(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}

/** Makes the outer sequence of a DER signature one byte shorter than it is: another spelling of the same. */
export function shorten(signature: Uint8Array): Uint8Array {
  const other = Uint8Array.from(signature);
  other[1] = (other[1] ?? 0) - 1;
  return other;
}
