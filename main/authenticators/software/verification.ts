import { z } from 'zod';
import { Bytes, CtapError, mapOf, STATUS } from '../../ctap/index.ts';
import { collectTouch, type DeviceContext, type Transaction } from './device-context.ts';
import type { KeyState } from './key-state.ts';
import type { Parameters } from './parameters.ts';

/** Most credentials in one exclude or allow list, as getInfo says. */
export const MAX_LIST = 32;

/** Schema of PublicKeyCredentialDescriptor lists; other types of credential are passed over. */
export const Descriptors = z
  .array(mapOf({ id: Bytes, type: z.string() }))
  .transform((list) => list.filter(({ type }) => type === 'public-key').map(({ id }) => id));

/** Schema of PublicKeyCredentialUserEntity. WebAuthn §5.4.3. */
export const User = mapOf({
  id: Bytes.refine((id) => id.length >= 1 && id.length <= 64),
  name: z.string().optional(),
  displayName: z.string().optional(),
});

/** An exclude or allow list, or undefined. @throws CtapError LIMIT_EXCEEDED and those of {@link Parameters} */
export function descriptorList(parameters: Parameters, key: number): Uint8Array[] | undefined {
  const list = parameters.optional(key, Descriptors);
  if (list !== undefined && list.length > MAX_LIST) throw new CtapError(STATUS.LIMIT_EXCEEDED);
  return list;
}

/** The clientDataHash, 32 bytes. @throws CtapError INVALID_PARAMETER and those of {@link Parameters} */
export function clientDataHash(parameters: Parameters, key: number): Uint8Array {
  const hash = parameters.required(key, Bytes);
  if (hash.length !== 32) throw new CtapError(STATUS.INVALID_PARAMETER);
  return hash;
}

/**
 * An empty pinUvAuthParam asks for a touch, to choose among authenticators, and for the state of the PIN.
 * CTAP 2.2 §6.1.2 step 1.
 * @throws CtapError PIN_INVALID where a PIN is set, PIN_NOT_SET where not
 */
export async function answerEmptyPinParam(
  context: DeviceContext,
  running: Transaction,
  param: Uint8Array | undefined,
): Promise<void> {
  if (param === undefined || param.length > 0) return;
  await collectTouch(context, running);
  throw new CtapError(context.vault.pinSet ? STATUS.PIN_INVALID : STATUS.PIN_NOT_SET);
}

/** The proof of a token as it came, over a message, for one permission. */
export type Proof = {
  param: Uint8Array | undefined;
  protocol: number | undefined;
  message: Uint8Array;
  permission: number;
};

/**
 * Checks the proof of the PIN where the request has one. CTAP 2.2 §6.1.2 step 11, §6.2.2 step 6.
 * @returns true where the user is verified
 * @throws CtapError MISSING_PARAMETER, INVALID_PARAMETER, PIN_AUTH_INVALID
 */
export function verifyUser({ pin }: DeviceContext, request: Proof & { rpId: string }): boolean {
  if (request.param === undefined) return false;
  if (request.protocol === undefined) throw new CtapError(STATUS.MISSING_PARAMETER);
  pin.authorise({ ...request, param: request.param, protocol: pin.protocol(request.protocol) });
  return true;
}

/**
 * Checks the proof of a token that a request must have. CTAP 2.2 §6.8.2 to §6.8.6, §6.10.2, §6.11.
 * @returns the relying party that the token is bound to, or null
 * @throws CtapError PUAT_REQUIRED, MISSING_PARAMETER, INVALID_PARAMETER, PIN_AUTH_INVALID
 */
export function verifyToken(
  { pin }: DeviceContext,
  { param, protocol, message, permission }: Proof,
): string | null {
  if (param === undefined) throw new CtapError(STATUS.PUAT_REQUIRED);
  if (protocol === undefined) throw new CtapError(STATUS.MISSING_PARAMETER);
  return pin.verify({ param, protocol: pin.protocol(protocol), message, permission });
}

/** The unlocked state. @throws CtapError PUAT_REQUIRED while the key is locked */
export function unlockedState({ vault }: DeviceContext): KeyState {
  const { state } = vault;
  if (state === null) throw new CtapError(STATUS.PUAT_REQUIRED);
  return state;
}
