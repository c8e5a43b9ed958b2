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

/** The ends that a ceremony may come to from outside. */
export type Ends = {
  /** Aborted when the authenticator is closed by us. */
  closing: AbortSignal;
  /** Aborted when the device went away. */
  gone: AbortSignal;
};

/**
 * Runs a ceremony so that closing the authenticator cancels it: the pipe is taken away from under it then, which
 * would look like a removed device. A device that goes away ends the wait for a PIN too.
 * @throws KeywrightError `authenticator.cancelled`, `.removed`, and what `run` throws
 */
export async function endedBy<T>(
  { closing, gone }: Ends,
  talk: Conversation,
  run: (talk: Conversation) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.any([talk.signal, closing]);
  const running: Conversation = {
    signal,
    status: (update) => talk.status(update),
    askPin: (ask) => orEnded(talk.askPin(ask), signal, gone),
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

/** Ends the wait for a PIN when a signal aborts; one that comes later is wiped. */
function orEnded(pin: Promise<Uint8Array>, cancelled: AbortSignal, gone: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let ended = false;
    const end = (): void => {
      ended = true;
      reject(new KeywrightError(cancelled.aborted ? 'authenticator.cancelled' : 'authenticator.removed'));
    };
    for (const signal of [cancelled, gone]) {
      if (signal.aborted) end();
      signal.addEventListener('abort', end);
    }
    pin
      .then((bytes) => (ended ? bytes.fill(0) : resolve(bytes)), reject)
      .finally(() => {
        for (const signal of [cancelled, gone]) signal.removeEventListener('abort', end);
      });
  });
}
