import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Conversation,
  type PinAsk,
  pinToBytes,
  type VerificationAsk,
} from '../../../main/authenticators/index.ts';
import {
  SoftwareDevice,
  type SoftwareDeviceOptions,
} from '../../../main/authenticators/software/software-device.ts';
import {
  type CborMap,
  ClientPin,
  Ctap2,
  CtapError,
  decodeCbor,
  decodeCborPrefix,
  HidDevice,
  PERMISSION,
  type PinUvAuth,
  type PinUvAuthToken,
  pinUvAuthProtocol,
  STATUS,
  type StatusName,
} from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { type CreationOptions, fromBase64url, type RequestOptions } from '../../../shared/domain/index.ts';

export const RP_ID = 'localhost';
export const ORIGIN = 'http://localhost:4321';
export const PIN = '135790';
export const HASH = createHash('sha256').update('client data').digest();
export const ES256 = { type: 'public-key', alg: -7 };
export const EDDSA = { type: 'public-key', alg: -8 };

/** A folder that is deleted when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-keys-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** A throw-away key, and a client that has it open. */
export async function throwAwayKey(options: Partial<SoftwareDeviceOptions> = {}) {
  const device = new SoftwareDevice({
    keyId: 'throw-away',
    clock: systemClock,
    automaticTouch: true,
    ...options,
    home: 'throw-away',
  });
  onTestFinished(() => device.close());
  return { device, ...(await connect(device)) };
}

/** Opens a device as a program does. */
export async function connect(device: SoftwareDevice) {
  const hid = await HidDevice.open(device.connect());
  return { hid, ctap: new Ctap2(hid) };
}

/** authenticatorClientPIN with one protocol. */
export function clientPin(ctap: Ctap2, version: 1 | 2 = 2): ClientPin {
  const protocol = pinUvAuthProtocol(version);
  if (protocol === undefined) throw new Error('no such protocol');
  return new ClientPin(ctap, protocol);
}

/** A proof of the PIN for the {@link HASH}, as real clients make it. */
export async function proof(
  ctap: Ctap2,
  options: { pin?: string; permissions?: number; version?: 1 | 2; rpId?: string } = {},
): Promise<PinUvAuth> {
  const { permissions = PERMISSION.mc | PERMISSION.ga, rpId = RP_ID, ...rest } = options;
  return (await tokenFor(ctap, permissions, { ...rest, rpId })).authenticate(HASH);
}

/** A token for these permissions, of any relying party where none is named. */
export function tokenFor(
  ctap: Ctap2,
  permissions: number,
  options: { pin?: string; version?: 1 | 2; rpId?: string } = {},
): Promise<PinUvAuthToken> {
  const { pin = PIN, version = 2, rpId } = options;
  return clientPin(ctap, version).getPinUvAuthTokenUsingPinWithPermissions(
    pinToBytes(pin),
    permissions,
    rpId,
  );
}

/** A throw-away key that has the {@link PIN}. */
export async function keyWithPin(options: Partial<SoftwareDeviceOptions> = {}) {
  const key = await throwAwayKey(options);
  await clientPin(key.ctap).setPin(pinToBytes(PIN));
  return key;
}

export type MakeOptions = {
  rk?: boolean;
  user?: string;
  rpId?: string;
  alg?: number;
  credProtect?: number;
  /** Instead of credProtect: all inputs of extensions. */
  extensions?: CborMap | undefined;
  excludeList?: Uint8Array[];
  pinUvAuth?: PinUvAuth;
};

/** makeCredential at the level of CTAP; returns the parts of what was made. */
export async function make(ctap: Ctap2, options: MakeOptions = {}) {
  const { rk = false, user = 'user', rpId = RP_ID, alg = -7, credProtect, pinUvAuth } = options;
  const answer = await ctap.makeCredential({
    clientDataHash: HASH,
    rp: { id: rpId, name: 'Test' },
    user: { id: Buffer.from(user), name: `${user}@test`, displayName: user },
    pubKeyCredParams: [{ type: 'public-key', alg }],
    excludeList: (options.excludeList ?? []).map((id) => ({ id, type: 'public-key' })),
    extensions: credProtect === undefined ? options.extensions : new Map([['credProtect', credProtect]]),
    options: rk ? { rk } : {},
    pinUvAuth,
  });
  return { ...answer, ...parseAuthenticatorData(answer.authData) };
}

/** getAssertion at the level of CTAP, by id or for any resident credential. */
export function assertion(
  ctap: Ctap2,
  options: {
    ids?: Uint8Array[];
    up?: boolean;
    rpId?: string;
    extensions?: CborMap | undefined;
    pinUvAuth?: PinUvAuth;
  } = {},
) {
  const { ids, up, rpId = RP_ID, extensions, pinUvAuth } = options;
  return ctap.getAssertion({
    rpId,
    clientDataHash: HASH,
    extensions,
    ...(ids === undefined ? {} : { allowList: ids.map((id) => ({ id, type: 'public-key' as const })) }),
    options: up === undefined ? {} : { up },
    pinUvAuth,
  });
}

/** Takes authenticator data apart, by hand. WebAuthn §6.1. */
export function parseAuthenticatorData(authData: Uint8Array) {
  const bytes = Buffer.from(authData);
  const flags = bytes.readUInt8(32);
  const head = { rpIdHash: bytes.subarray(0, 32), flags, signCount: bytes.readUInt32BE(33) };
  if ((flags & 0x40) === 0) {
    const none = Buffer.alloc(0);
    return { ...head, aaguid: none, credentialId: none, publicKey: null, extensions: null };
  }
  const length = bytes.readUInt16BE(53);
  const credentialId = bytes.subarray(55, 55 + length);
  // An extension map follows the key where the flag is set.
  const { value: publicKey, rest } = decodeCborPrefix(bytes.subarray(55 + length));
  return {
    ...head,
    aaguid: bytes.subarray(37, 53),
    credentialId,
    publicKey: publicKeyOf(publicKey),
    extensions: (flags & 0x80) === 0 ? null : decodeCbor(rest),
  };
}

/** A COSE key as a key object. */
export function publicKeyOf(cose: unknown): KeyObject {
  if (!(cose instanceof Map)) throw new Error('not a COSE key');
  const part = (key: number) => Buffer.from(cose.get(key)).toString('base64url');
  return cose.get(3) === -7
    ? createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: part(-2), y: part(-3) }, format: 'jwk' })
    : createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: part(-2) }, format: 'jwk' });
}

/** True where the signature is one of this key over authenticator data and client data hash. */
export function signatureHolds(
  publicKey: KeyObject | null,
  signed: { authData: Uint8Array; signature: Uint8Array },
  hash: Uint8Array = HASH,
): boolean {
  if (publicKey === null) return false;
  const data = Buffer.concat([signed.authData, hash]);
  const digest = publicKey.asymmetricKeyType === 'ec' ? 'sha256' : null;
  return verify(digest, data, publicKey, signed.signature);
}

/** The signature of packed self attestation. */
export function attestationSignature(attStmt: CborMap): Uint8Array {
  const sig = attStmt.get('sig');
  if (!(sig instanceof Uint8Array)) throw new Error('no signature');
  return sig;
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('It should have failed.');
}

/** The name of the CTAP status that a promise is rejected with. */
export async function statusOf(promise: Promise<unknown>): Promise<StatusName | undefined> {
  const error = await rejection(promise);
  if (!(error instanceof CtapError)) throw error;
  return Object.keys(STATUS)
    .filter((name): name is StatusName => name in STATUS)
    .find((name) => STATUS[name] === error.status);
}

/** The person's side of a ceremony: gives the PINs one after the other, and touches when asked. */
export function person(
  options: {
    pins?: string[];
    touch?: () => void;
    verify?: (ask: VerificationAsk) => void;
    signal?: AbortSignal;
  } = {},
) {
  const verifications: VerificationAsk[] = [];
  const preferPin = new AbortController();
  const asks: PinAsk[] = [];
  const given: Uint8Array[] = [];
  const phases: string[] = [];
  const pins = [...(options.pins ?? [PIN])];
  const talk: Conversation = {
    signal: options.signal ?? new AbortController().signal,
    status(update) {
      phases.push(update.phase);
      if (update.phase === 'touch') options.touch?.();
    },
    async askPin(ask) {
      asks.push(ask);
      const pin = pins.shift();
      if (pin === undefined) throw new Error('asked for a PIN too often');
      const bytes = pinToBytes(pin);
      given.push(bytes);
      return bytes;
    },
    askVerification(ask) {
      phases.push('verify');
      verifications.push(ask);
      options.verify?.(ask);
      return preferPin.signal;
    },
  };
  return { talk, asks, given, phases, verifications, preferPin };
}

/** Options of a registration as the relying party makes them. */
export function creationOptions(change: Partial<CreationOptions> = {}): CreationOptions {
  return {
    rp: { id: RP_ID, name: 'Test' },
    user: { id: 'dXNlcg', name: 'user', displayName: 'User' },
    challenge: 'Y2hhbGxlbmdl',
    pubKeyCredParams: [
      { type: 'public-key', alg: -7 },
      { type: 'public-key', alg: -8 },
    ],
    timeout: 60_000,
    excludeCredentials: [],
    residentKey: 'required',
    userVerification: 'required',
    attestation: 'direct',
    ...change,
  };
}

/** Options of an assertion as the relying party makes them. */
export function requestOptions(ids: string[], change: Partial<RequestOptions> = {}): RequestOptions {
  return {
    rpId: RP_ID,
    challenge: 'Y2hhbGxlbmdl',
    timeout: 60_000,
    allowCredentials: ids.map((id) => ({ id, type: 'public-key' })),
    userVerification: 'required',
    ...change,
  };
}

/** SHA-256 of base64url bytes. */
export function sha256(base64url: string): Buffer {
  return createHash('sha256').update(fromBase64url(base64url)).digest();
}
