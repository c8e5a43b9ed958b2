import type { CredentialKind } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { type AuthenticatorInfo, type CallOptions, type Ctap2, KEEPALIVE } from '../../ctap/index.ts';
import type { Conversation, VerifiedBy } from './types.ts';

/** Everything that one ceremony with a CTAP2 authenticator works with. */
export type Ceremony = {
  ctap: Ctap2;
  info: AuthenticatorInfo;
  talk: Conversation;
  kind: CredentialKind;
  /** Relying parties that this platform itself allows to learn which very key it is. CTAP 2.2 §7.1. */
  enterpriseRpIds: readonly string[];
  /** How a command is run once the person is verified in this way: cancelled by the signal, touches told. */
  callFor(verifiedBy: VerifiedBy | null): CallOptions;
};

/** Time as the conversation shows it. */
export type TouchClock = {
  now(): number;
  /** How long the device waits for a touch, ms; null where that is not known. */
  touchTimeout: number | null;
};

/**
 * Options of a command: KEEPALIVEs become statuses, of which only changes are told. CTAP 2.2 §11.2.9.1.7.
 */
export function callOptions(
  talk: Conversation,
  verifiedBy: VerifiedBy | null,
  clock: TouchClock,
): CallOptions {
  let last: number | null = null;
  talk.status({ phase: 'working', verifiedBy, deadline: null });
  return {
    signal: talk.signal,
    onKeepalive: (status) => {
      if (status === last) return;
      last = status;
      const touch = status === KEEPALIVE.UPNEEDED;
      const deadline = touch && clock.touchTimeout !== null ? clock.now() + clock.touchTimeout : null;
      talk.status({ phase: touch ? 'touch' : 'working', verifiedBy, deadline });
    },
  };
}

/**
 * Runs a ceremony so that closing the authenticator cancels it: the pipe is taken away from under it then, which
 * would look like a removed device.
 * @throws KeywrightError `authenticator.cancelled`, and what `run` throws
 */
export async function cancelledBy<T>(
  closing: AbortSignal,
  talk: Conversation,
  run: (talk: Conversation) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.any([talk.signal, closing]);
  const running: Conversation = {
    signal,
    status: (update) => talk.status(update),
    askPin: (ask) => orAborted(talk.askPin(ask), signal),
    askVerification: (ask) => talk.askVerification(ask),
    ...(talk.chooseAccount === undefined
      ? {}
      : { chooseAccount: (accounts) => talk.chooseAccount?.(accounts) ?? Promise.resolve(0) }),
  };
  try {
    if (signal.aborted) throw new KeywrightError('authenticator.cancelled');
    running.status({ phase: 'connecting', verifiedBy: null, deadline: null });
    return await run(running);
  } catch (error) {
    if (signal.aborted && error instanceof KeywrightError) {
      throw new KeywrightError('authenticator.cancelled', { cause: error });
    }
    throw error;
  }
}

/** Ends a wait when the signal aborts; a PIN that comes later is wiped. */
function orAborted(pin: Promise<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(new KeywrightError('authenticator.cancelled'));
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    pin
      .then((bytes) => (signal.aborted ? bytes.fill(0) : resolve(bytes)), reject)
      .finally(() => signal.removeEventListener('abort', aborted));
  });
}
