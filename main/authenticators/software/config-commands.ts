import { z } from 'zod';
import {
  AnyMap,
  Bytes,
  COMMAND,
  CONFIG_SUBCOMMAND,
  CtapError,
  encodeCbor,
  MAX_PIN_BYTES,
  PERMISSION,
  STATUS,
} from '../../ctap/index.ts';
import { type DeviceContext, success } from './device-context.ts';
import { Parameters } from './parameters.ts';
import { unlockedState, verifyToken } from './verification.ts';

/** How many relying parties may learn the shortest length of PINs, as getInfo says. */
export const MAX_MIN_PIN_LENGTH_RPIDS = 8;

/** authenticatorConfig (0x0D), CTAP 2.2 §6.11. Enterprise attestation is not supported. */
export async function authenticatorConfig(
  context: DeviceContext,
  parameters: Parameters,
): Promise<Uint8Array> {
  const subCommand = parameters.required(0x01, z.int());
  if (subCommand === CONFIG_SUBCOMMAND.toggleAlwaysUv) {
    authorise(context, parameters, context.vault.pinSet);
    return toggleAlwaysUv(context);
  }
  if (subCommand === CONFIG_SUBCOMMAND.setMinPINLength) {
    const subParameters = authorise(context, parameters, context.vault.pinSet || context.settings.alwaysUv);
    return setMinPinLength(context, subParameters);
  }
  throw new CtapError(STATUS.INVALID_PARAMETER);
}

/** toggleAlwaysUv (0x02), §6.11.2. A key with a file is locked without its PIN: there it stays on. */
function toggleAlwaysUv({ settings }: DeviceContext): Uint8Array {
  if (settings.alwaysUvFixed) throw new CtapError(STATUS.OPERATION_DENIED);
  settings.alwaysUv = !settings.alwaysUv;
  return success();
}

/** setMinPINLength (0x03), §6.11.4. */
async function setMinPinLength(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { vault, pin } = context;
  const minPINLength = parameters.optional(0x01, z.int()) ?? vault.minPINLength;
  const rpIds = parameters.optional(0x02, z.array(z.string()));
  const force = parameters.optional(0x03, z.boolean()) ?? false;
  // pinComplexityPolicy belongs to CTAP 2.3, and getInfo does not offer it.
  if (parameters.has(0x04)) throw new CtapError(STATUS.INVALID_PARAMETER);
  if (minPINLength < vault.minPINLength || minPINLength > MAX_PIN_BYTES) {
    throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
  }
  if (force && !vault.pinSet) throw new CtapError(STATUS.PIN_NOT_SET);
  if (rpIds !== undefined && rpIds.length > MAX_MIN_PIN_LENGTH_RPIDS) {
    throw new CtapError(STATUS.KEY_STORE_FULL);
  }
  const state = unlockedState(context);
  // Where nobody counted, the PIN is as long as it had to be when it was set.
  const tooShort = vault.pinSet && (state.pinLength ?? vault.minPINLength) < minPINLength;
  const forcePINChange = vault.forcePINChange || force || tooShort;
  if (rpIds !== undefined) state.minPinLengthRpIds = [...new Set(rpIds)];
  await vault.setRules({ minPINLength, forcePINChange });
  if (forcePINChange) pin.forgetTokens();
  return success();
}

/** Checks the proof over 32 bytes 0xff, 0x0d, subcommand and parameters, where one is needed. §6.11, step 4. */
function authorise(context: DeviceContext, parameters: Parameters, needed: boolean): Parameters {
  const subCommand = parameters.required(0x01, z.int());
  const map = parameters.optional(0x02, AnyMap);
  const encoded = map === undefined ? new Uint8Array() : encodeCbor(map);
  if (needed) {
    const head = [new Uint8Array(32).fill(0xff), Uint8Array.of(COMMAND.config, subCommand)];
    verifyToken(context, {
      param: parameters.optional(0x04, Bytes),
      protocol: parameters.optional(0x03, z.int()),
      message: Buffer.concat([...head, encoded]),
      permission: PERMISSION.acfg,
    });
  }
  return new Parameters(encoded);
}
