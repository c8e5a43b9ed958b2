import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  ClientPin,
  type Ctap2,
  CtapError,
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthToken,
} from '../../ctap/index.ts';
import { tokenByBuiltIn } from './built-in-verification.ts';
import { PinConversation, type TokenWish } from './pin-conversation.ts';
import type { Conversation, VerifiedBy } from './types.ts';
import { canUsePin, type Verification } from './user-verification.ts';

/** What shows an authenticator that the person was verified, or lets it verify them with the command itself. */
export type Proof = {
  token: PinUvAuthToken | null;
  /** True where the command must carry `uv`: built-in verification on authenticators without tokens for it. */
  uv: boolean;
  by: VerifiedBy | null;
};

export type ProofWish = TokenWish & { verification: Verification };

/** Where a proof is asked for. */
export type ProofPlace = { ctap: Ctap2; info: AuthenticatorInfo; talk: Conversation };

/** A command is tried so often, with a new proof each time. */
const MOST_TRIES = 6;
/** So many fingers that were not recognised, and the PIN is asked for where there is one. */
const MOST_FINGERS = 3;

/**
 * Verifies the person as wished and runs a command with the proof, which is wiped afterwards. A token that died
 * meanwhile is asked for once more; where built-in verification is blocked the PIN takes its place. CTAP 2.2 §6.5.
 * @throws KeywrightError those of the PIN conversation and of the command
 */
export async function withProof<T>(
  place: ProofPlace,
  wish: ProofWish,
  run: (proof: Proof) => Promise<T>,
): Promise<T> {
  let { verification } = wish;
  let { info } = place;
  let renewed = false;
  for (let attempt = 1; ; attempt += 1) {
    const proof = await prove({ ...place, info }, { ...wish, verification });
    try {
      return await run(proof);
    } catch (error) {
      const again =
        isSpent(error, proof) && !renewed ? proof.by : verificationAfter(error, proof, info, attempt);
      const next = attempt === MOST_TRIES ? null : again;
      renewed ||= isSpent(error, proof);
      if (next === null) throw error;
      verification = next;
    } finally {
      proof.token?.wipe();
    }
    info = await place.ctap.getInfo({ signal: place.talk.signal });
  }
}

/**
 * A client for the authenticator's PIN with the best protocol in common.
 * @throws KeywrightError `authenticator.not_supported` where there is none
 */
export function clientPinFor(ctap: Ctap2, info: AuthenticatorInfo): ClientPin {
  const protocol = PIN_UV_AUTH_PROTOCOLS.find(({ version }) => info.pinUvAuthProtocols.includes(version));
  if (protocol === undefined) throw new KeywrightError('authenticator.not_supported');
  return new ClientPin(ctap, protocol);
}

async function prove({ ctap, info, talk }: ProofPlace, wish: ProofWish): Promise<Proof> {
  if (wish.verification === 'none') return { token: null, uv: false, by: null };
  if (wish.verification === 'builtIn') {
    // Before CTAP 2.1 the command itself waits for the finger.
    if (info.options.pinUvAuthToken !== true) return { token: null, uv: true, by: 'builtIn' };
    const token = await tokenByBuiltIn(clientPinFor(ctap, info), info, talk, wish);
    if (token !== 'usePin') return { token, uv: false, by: 'builtIn' };
  }
  const token = await new PinConversation(clientPinFor(ctap, info), info, talk).token(wish);
  return { token, uv: false, by: 'pin' };
}

/** A token may expire, or be spent by another program's touch. */
function isSpent(error: unknown, { token }: Proof): boolean {
  const refused = CtapError.is(error, 'PIN_AUTH_INVALID') || CtapError.is(error, 'PIN_TOKEN_EXPIRED');
  return token !== null && refused;
}

/** How to verify for another try, or null where another try would not help. */
function verificationAfter(
  error: unknown,
  proof: Proof,
  info: AuthenticatorInfo,
  attempt: number,
): Verification | null {
  const pinIsSet = info.options.clientPin === true && canUsePin(info);
  if (proof.uv && CtapError.is(error, 'UV_INVALID')) {
    return attempt >= MOST_FINGERS && pinIsSet ? 'pin' : 'builtIn';
  }
  // Blocked: it says so, or asks for the proof that only the PIN gives now.
  const blocked = CtapError.is(error, 'UV_BLOCKED') || CtapError.is(error, 'PUAT_REQUIRED');
  if (proof.uv && blocked) return pinIsSet ? 'pin' : null;
  // It insists on what getInfo did not tell.
  if (proof.by === null && CtapError.is(error, 'PUAT_REQUIRED')) {
    return info.options.uv === true ? 'builtIn' : pinIsSet ? 'pin' : null;
  }
  return null;
}
