import { KeywrightError } from '../../../shared/errors/index.ts';
import type { AuthenticatorInfo } from '../../ctap/index.ts';

/** How a request proves who is there: by a token for the PIN, by the authenticator itself, or not at all. */
export type Verification = 'pin' | 'builtIn' | 'none';

/**
 * Chooses how to verify the user from what the relying party wants and the authenticator offers.
 * CTAP 2.2 §6.1.1, §6.2.1; WebAuthn §5.1.3.
 * @param wish `rk` is true where a resident credential is to be made, undefined for an assertion
 * @throws KeywrightError `authenticator.not_supported` where verification is required and cannot be had
 */
export function chooseVerification(
  info: AuthenticatorInfo,
  wish: { userVerification: 'required' | 'preferred' | 'discouraged'; rk?: boolean },
): Verification {
  const { clientPin, uv, alwaysUv, makeCredUvNotRqd } = info.options;
  const setUp = clientPin === true || uv === true;
  const authenticatorInsists =
    alwaysUv === true || (wish.rk !== undefined && setUp && (wish.rk || makeCredUvNotRqd !== true));
  const required = wish.userVerification === 'required' || authenticatorInsists;
  if (!required && !(wish.userVerification === 'preferred' && setUp)) return 'none';
  if (clientPin === true) return 'pin';
  if (uv === true) return 'builtIn';
  if (clientPin === false) return 'pin';
  throw new KeywrightError('authenticator.not_supported');
}
