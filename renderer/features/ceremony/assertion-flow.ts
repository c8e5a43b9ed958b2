import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge, Reply } from '../../../shared/contract/index.ts';
import type { AuthenticationResponse, Signer } from '../../../shared/domain/index.ts';
import type { ErrorBody, ErrorCode } from '../../../shared/errors/index.ts';
import { type Ceremony, createCeremony } from './ceremony-store.ts';
import { orderSigners } from './signers.ts';

/** What both kinds of challenge (sign-in, action) have in common. */
export type Challenge = { challengeId: string; expiresAt: number; signers: Signer[] };

/** begin → ready → signing → committing → done; a failure remembers the challenge while it is good. */
export type AssertionState<C extends Challenge, R> =
  | { stage: 'idle' }
  | { stage: 'beginning' }
  | { stage: 'ready'; challenge: C; signerId: string | null; error: ErrorBody | null; cancelled: boolean }
  | { stage: 'signing'; challenge: C; signerId: string }
  | { stage: 'committing'; challenge: C; signerId: string }
  | { stage: 'failed'; error: ErrorBody }
  | { stage: 'done'; result: R };

export type AssertionFlow<C extends Challenge, R> = {
  store: StoreApi<AssertionState<C, R>>;
  ceremony: Ceremony;
  /** Fetches a challenge; also the way to a fresh one. Keeps the chosen signer where it still fits. */
  begin(): Promise<void>;
  choose(signerId: string): void;
  /** Lets the chosen signer sign, then commits. Fetches a fresh challenge first where the old one is spent. */
  sign(): Promise<void>;
  /** Takes a software key out and puts it in again, then signs. */
  reconnectAndSign(): Promise<void>;
  cancel(): Promise<void>;
};

type Options<C extends Challenge, R> = {
  bridge: KeywrightBridge;
  begin: () => Promise<Reply<C>>;
  commit: (challenge: C, assertion: AuthenticationResponse) => Promise<Reply<R>>;
  onDone?: (result: R) => void;
  /** The signer that had better not be preselected. */
  avoid?: (challenge: C) => string | null;
  now?: () => number;
};

/** After these a challenge cannot be used again. */
const SPENT: ReadonlySet<ErrorCode> = new Set([
  'auth.challenge_expired',
  'auth.challenge_used',
  'auth.challenge_mismatch',
  'auth.action_mismatch',
  'input.not_found',
]);

/** True where the challenge cannot be used again after this error. */
export function spendsChallenge(code: ErrorCode): boolean {
  return SPENT.has(code);
}

/**
 * The signer to preselect: the one chosen before, else the usable one that was used last; `avoided` (the one
 * that is about to be switched off) only where there is no other.
 */
export function preselect(
  signers: Signer[],
  before: string | null,
  avoided: string | null = null,
): string | null {
  const usable = signers.filter((signer) => signer.unavailable === null);
  if (usable.some((signer) => signer.id === before)) return before;
  const ordered = orderSigners(usable);
  return (ordered.find((signer) => signer.id !== avoided) ?? ordered[0])?.id ?? null;
}

/** The flow of one signature with a passkey: for a sign-in or for an action. */
export function createAssertionFlow<C extends Challenge, R>(options: Options<C, R>): AssertionFlow<C, R> {
  const { bridge, now = Date.now } = options;
  const ceremony = createCeremony(bridge);
  const store = createStore<AssertionState<C, R>>()(() => ({ stage: 'idle' }));
  const set = (state: AssertionState<C, R>) => store.setState(state, true);
  let spent = false;
  let chosen: string | null = null;

  async function begin(): Promise<void> {
    set({ stage: 'beginning' });
    ceremony.reset();
    const reply = await options.begin();
    if (!reply.ok) {
      set({ stage: 'failed', error: reply.error });
      return;
    }
    spent = false;
    chosen = preselect(reply.value.signers, chosen, options.avoid?.(reply.value));
    set({ stage: 'ready', challenge: reply.value, signerId: chosen, error: null, cancelled: false });
  }

  function backToChoice(challenge: C, signerId: string, error: ErrorBody | null): void {
    if (error !== null && spendsChallenge(error.code)) spent = true;
    set({ stage: 'ready', challenge, signerId, error, cancelled: error === null });
  }

  async function sign(): Promise<void> {
    const before = store.getState();
    if (before.stage !== 'ready' || before.signerId === null) return;
    if (spent || before.challenge.expiresAt <= now()) await begin();
    const state = store.getState();
    if (state.stage !== 'ready' || state.signerId === null) return;
    const { challenge, signerId } = state;
    set({ stage: 'signing', challenge, signerId });
    const made = await ceremony.run((operationId) =>
      bridge.call('authenticators.sign', {
        operationId,
        challengeId: challenge.challengeId,
        credentialId: signerId,
      }),
    );
    if (made === null) {
      const end = ceremony.store.getState();
      backToChoice(challenge, signerId, end.phase === 'failed' ? end.error : null);
      return;
    }
    set({ stage: 'committing', challenge, signerId });
    const reply = await options.commit(challenge, made.assertion);
    if (reply.ok) {
      set({ stage: 'done', result: reply.value });
      options.onDone?.(reply.value);
      return;
    }
    // A refused commit may have used the challenge up; a fresh one costs nothing.
    spent = true;
    backToChoice(challenge, signerId, reply.error);
  }

  return {
    store,
    ceremony,
    begin,
    choose(signerId) {
      const state = store.getState();
      if (state.stage !== 'ready') return;
      chosen = signerId;
      set({ ...state, signerId, error: null, cancelled: false });
    },
    sign,
    async reconnectAndSign() {
      const state = store.getState();
      if (state.stage !== 'ready' || state.signerId === null) return;
      const reply = await bridge.call('authenticators.reconnect', { credentialId: state.signerId });
      if (reply.ok) await sign();
      else set({ ...state, error: reply.error });
    },
    cancel: () => ceremony.cancel(),
  };
}
