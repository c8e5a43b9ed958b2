import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  type CallOptions,
  type ClientPin,
  CtapError,
  type PinUvAuthToken,
} from '../../ctap/index.ts';
import type { TokenWish } from './pin-conversation.ts';
import type { Conversation } from './types.ts';
import { canUsePin } from './user-verification.ts';

/**
 * A token after a fingerprint, a face or another verification that is built in: asks again while it is not
 * recognised, as often as the authenticator wants it. CTAP 2.2 §6.5.5.7.3.
 * @returns the token, or `usePin` where the person prefers the PIN or nothing else is left
 * @throws KeywrightError `authenticator.uv_blocked` where nothing is left and no PIN is set
 */
export async function tokenByBuiltIn(
  clientPin: ClientPin,
  info: AuthenticatorInfo,
  talk: Conversation,
  { permissions, rpId }: TokenWish,
): Promise<PinUvAuthToken | 'usePin'> {
  const pinPossible = info.options.clientPin === true && canUsePin(info);
  const most = Math.max(Number(info.preferredPlatformUvAttempts ?? Number.POSITIVE_INFINITY), 1);
  for (let attempt = 1; ; attempt += 1) {
    const triesLeft = await clientPin.getUvRetries({ signal: talk.signal });
    if (triesLeft === 0 || (pinPossible && attempt > most)) return insteadOf(pinPossible);
    const preferPin = talk.askVerification({ triesLeft, failed: attempt > 1, pinPossible });
    const call: CallOptions = { signal: AbortSignal.any([talk.signal, preferPin]) };
    try {
      return await clientPin.getPinUvAuthTokenUsingUvWithPermissions(permissions, rpId, call);
    } catch (error) {
      if (preferPin.aborted && !talk.signal.aborted) return insteadOf(pinPossible);
      if (CtapError.is(error, 'UV_BLOCKED')) return insteadOf(pinPossible, error);
      if (!CtapError.is(error, 'UV_INVALID')) throw error;
    }
  }
}

function insteadOf(pinPossible: boolean, cause?: unknown): 'usePin' {
  if (pinPossible) return 'usePin';
  throw new KeywrightError('authenticator.uv_blocked', { cause });
}
