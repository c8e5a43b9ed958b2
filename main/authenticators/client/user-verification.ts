import { KeywrightError } from '../../../shared/errors/index.ts';
import type { AuthenticatorInfo } from '../../ctap/index.ts';

/** How a request proves who is there: by the PIN, by a verification that is built in, or not at all. */
export type Verification = 'pin' | 'builtIn' | 'none';

/** True where the PIN can verify the person for makeCredential and getAssertion. CTAP 2.2 §6.4. */
export function canUsePin(info: AuthenticatorInfo): boolean {
  const { clientPin, noMcGaPermissionsWithClientPin } = info.options;
  return clientPin !== undefined && noMcGaPermissionsWithClientPin !== true;
}

/**
 * Chooses how to verify the user from what the relying party wants and the authenticator offers. What is built in
 * comes before the PIN. CTAP 2.2 §6.1.1, §6.2.1; WebAuthn §5.1.3.
 * @param wish `rk` is true where a resident credential is to be made, undefined for an assertion
 * @throws KeywrightError `authenticator.not_supported` where verification is required and cannot be had
 */
export function chooseVerification(
  info: AuthenticatorInfo,
  wish: { userVerification: 'required' | 'preferred' | 'discouraged'; rk?: boolean },
): Verification {
  const { clientPin, uv, alwaysUv, makeCredUvNotRqd } = info.options;
  const setUp = uv === true || (clientPin === true && canUsePin(info));
  const authenticatorInsists =
    alwaysUv === true || (wish.rk !== undefined && setUp && (wish.rk || makeCredUvNotRqd !== true));
  const required = wish.userVerification === 'required' || authenticatorInsists;
  if (!required && !(wish.userVerification === 'preferred' && setUp)) return 'none';
  if (uv === true) return 'builtIn';
  if (canUsePin(info)) return 'pin';
  throw new KeywrightError('authenticator.not_supported', {
    message: 'This authenticator cannot verify who uses it, or it is not set up for that.',
  });
}
