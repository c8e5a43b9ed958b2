import { z } from 'zod';
import {
  Bytes,
  CtapError,
  cborMap,
  codePoints,
  KeyAgreementKey,
  MAX_PIN_BYTES,
  PERMISSION,
  PIN_SUBCOMMAND,
  type PinUvAuthProtocol,
  pinHash,
  STATUS,
  toCoseKeyAgreement,
} from '../../ctap/index.ts';
import { type DeviceContext, success } from './device-context.ts';
import type { Parameters } from './parameters.ts';

const PADDED_PIN = 64;
const PIN_HASH = 16;
/** What a token without permissions of its own is good for. CTAP 2.2 §6.5.5.7.1. */
const DEFAULT_PERMISSIONS = PERMISSION.mc | PERMISSION.ga;
const SUPPORTED_PERMISSIONS = DEFAULT_PERMISSIONS | PERMISSION.cm | PERMISSION.acfg | PERMISSION.lbw;

/** authenticatorClientPIN (0x06), CTAP 2.2 §6.5.5. */
export async function clientPin(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const subCommand = parameters.required(0x02, z.int());
  switch (subCommand) {
    case PIN_SUBCOMMAND.getPINRetries:
      return getPinRetries(context);
    case PIN_SUBCOMMAND.getKeyAgreement:
      return getKeyAgreement(context, parameters);
    case PIN_SUBCOMMAND.setPIN:
      return setPin(context, parameters);
    case PIN_SUBCOMMAND.changePIN:
      return changePin(context, parameters);
    case PIN_SUBCOMMAND.getPinToken:
      return getPinToken(context, parameters);
    case PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions:
      return getTokenWithPermissions(context, parameters);
    default:
      throw new CtapError(STATUS.INVALID_SUBCOMMAND);
  }
}

/** getPINRetries (0x01), §6.5.5.2. */
function getPinRetries({ vault, pin }: DeviceContext): Uint8Array {
  return success(
    cborMap([
      [0x03, vault.pinRetries],
      [0x04, pin.softLocked ? true : undefined],
    ]),
  );
}

/** getKeyAgreement (0x02), §6.5.5.4. */
function getKeyAgreement({ pin }: DeviceContext, parameters: Parameters): Uint8Array {
  const protocol = pin.protocol(parameters.required(0x01, z.int()));
  return success(new Map([[0x01, toCoseKeyAgreement(pin.publicKey(protocol))]]));
}

/** setPIN (0x03), §6.5.5.5. */
async function setPin(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { vault, pin } = context;
  const protocol = pin.protocol(parameters.required(0x01, z.int()));
  const peer = parameters.required(0x03, KeyAgreementKey);
  const newPinEnc = parameters.required(0x05, Bytes);
  const param = parameters.required(0x04, Bytes);
  if (vault.pinSet) throw new CtapError(STATUS.PIN_AUTH_INVALID);
  return withSecret(context, protocol, peer, async (secret) => {
    if (!protocol.verify(secret, newPinEnc, param)) throw new CtapError(STATUS.PIN_AUTH_INVALID);
    await storePin(context, protocol, secret, newPinEnc);
    return success();
  });
}

/** changePIN (0x04), §6.5.5.6. */
async function changePin(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { pin } = context;
  const protocol = pin.protocol(parameters.required(0x01, z.int()));
  const peer = parameters.required(0x03, KeyAgreementKey);
  const pinHashEnc = parameters.required(0x06, Bytes);
  const newPinEnc = parameters.required(0x05, Bytes);
  const param = parameters.required(0x04, Bytes);
  requireUsablePin(context);
  return withSecret(context, protocol, peer, async (secret) => {
    if (!protocol.verify(secret, Buffer.concat([newPinEnc, pinHashEnc]), param)) {
      throw new CtapError(STATUS.PIN_AUTH_INVALID);
    }
    await checkPin(context, protocol, secret, pinHashEnc);
    await storePin(context, protocol, secret, newPinEnc);
    pin.forgetTokens();
    return success();
  });
}

/** getPinToken (0x05), §6.5.5.7.1: permissions mc and ga, bound to the first relying party it is used for. */
async function getPinToken(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  if (parameters.has(0x09) || parameters.has(0x0a)) throw new CtapError(STATUS.INVALID_PARAMETER);
  return issueToken(context, parameters, DEFAULT_PERMISSIONS, null);
}

/** getPinUvAuthTokenUsingPinWithPermissions (0x09), §6.5.5.7.2. */
async function getTokenWithPermissions(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { permissions, rpId } = permissionsOf(parameters);
  return issueToken(context, parameters, permissions, rpId);
}

/**
 * The permissions that a token is asked for, and the relying party. §6.5.5.7.2, §6.5.5.7.3.
 * @throws CtapError MISSING_PARAMETER, INVALID_PARAMETER, UNAUTHORIZED_PERMISSION
 */
export function permissionsOf(parameters: Parameters): { permissions: number; rpId: string | null } {
  const permissions = parameters.required(0x09, z.int());
  const rpId = parameters.optional(0x0a, z.string());
  if (permissions <= 0) throw new CtapError(STATUS.INVALID_PARAMETER);
  if ((permissions & ~SUPPORTED_PERMISSIONS) !== 0) throw new CtapError(STATUS.UNAUTHORIZED_PERMISSION);
  const needsRpId = (permissions & DEFAULT_PERMISSIONS) !== 0;
  if (needsRpId && rpId === undefined) throw new CtapError(STATUS.MISSING_PARAMETER);
  return { permissions, rpId: rpId ?? null };
}

/** The common part of the tokens for a PIN: checks the PIN and gives a token with these permissions. */
export async function issueToken(
  context: DeviceContext,
  parameters: Parameters,
  permissions: number,
  rpId: string | null,
): Promise<Uint8Array> {
  const protocol = context.pin.protocol(parameters.required(0x01, z.int()));
  const peer = parameters.required(0x03, KeyAgreementKey);
  const pinHashEnc = parameters.required(0x06, Bytes);
  requireUsablePin(context);
  return withSecret(context, protocol, peer, async (secret) => {
    await checkPin(context, protocol, secret, pinHashEnc);
    if (context.vault.forcePINChange) throw new CtapError(STATUS.PIN_INVALID);
    const token = context.pin.issueToken(protocol, permissions, rpId);
    return success(new Map([[0x02, protocol.encrypt(secret, token)]]));
  });
}

function requireUsablePin({ vault, pin }: DeviceContext): void {
  if (!vault.pinSet) throw new CtapError(STATUS.PIN_NOT_SET);
  if (vault.pinRetries === 0) throw new CtapError(STATUS.PIN_BLOCKED);
  if (pin.softLocked) throw new CtapError(STATUS.PIN_AUTH_BLOCKED);
}

/** The common part of changePIN and the tokens: a wrong PIN costs a try and the key agreement key. */
async function checkPin(
  { vault, pin }: DeviceContext,
  protocol: PinUvAuthProtocol,
  secret: Uint8Array,
  pinHashEnc: Uint8Array,
): Promise<void> {
  const hash = decrypt(protocol, secret, pinHashEnc);
  try {
    if (hash.length !== PIN_HASH) throw new CtapError(STATUS.INVALID_PARAMETER);
    if (await vault.verifyPin(hash)) return pin.match();
  } finally {
    hash.fill(0);
  }
  pin.mismatch(protocol);
  if (vault.pinRetries === 0) throw new CtapError(STATUS.PIN_BLOCKED);
  throw new CtapError(pin.softLocked ? STATUS.PIN_AUTH_BLOCKED : STATUS.PIN_INVALID);
}

async function storePin(
  { vault }: DeviceContext,
  protocol: PinUvAuthProtocol,
  secret: Uint8Array,
  newPinEnc: Uint8Array,
): Promise<void> {
  const padded = decrypt(protocol, secret, newPinEnc);
  try {
    if (padded.length !== PADDED_PIN) throw new CtapError(STATUS.INVALID_PARAMETER);
    const newPin = padded.subarray(0, padded.findLastIndex((byte) => byte !== 0) + 1);
    const length = codePoints(newPin);
    if (newPin.length > MAX_PIN_BYTES || length < vault.minPINLength) {
      throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
    }
    const hash = pinHash(newPin);
    try {
      // What must be changed must change. §6.5.5.6
      if (vault.forcePINChange && vault.isPin(hash)) throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
      await vault.setPin(hash, length);
    } finally {
      hash.fill(0);
    }
  } finally {
    padded.fill(0);
  }
}

function decrypt(protocol: PinUvAuthProtocol, secret: Uint8Array, ciphertext: Uint8Array): Buffer {
  try {
    return protocol.decrypt(secret, ciphertext);
  } catch (cause) {
    throw new CtapError(STATUS.PIN_AUTH_INVALID, { cause });
  }
}

/** Runs with the secret that is shared with the platform, and wipes it. decapsulate, §6.5.4. */
export async function withSecret(
  { pin }: DeviceContext,
  protocol: PinUvAuthProtocol,
  peer: KeyAgreementKey,
  run: (secret: Buffer) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const secret = pin.decapsulate(protocol, peer);
  try {
    return await run(secret);
  } finally {
    secret.fill(0);
  }
}
