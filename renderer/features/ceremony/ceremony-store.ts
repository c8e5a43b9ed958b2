import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge, OperationStatus, Reply } from '../../../shared/contract/index.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';

/** One ceremony with an authenticator, as the window sees it. It never holds a PIN. */
export type CeremonyState =
  | { phase: 'idle' }
  | {
      phase: 'running';
      operationId: string;
      /** Null until the first event. */
      status: OperationStatus | null;
      /** The answer to the present status is on its way. */
      answered: boolean;
      cancelling: boolean;
    }
  | { phase: 'cancelled' }
  | { phase: 'failed'; error: ErrorBody };

export type Ceremony = {
  store: StoreApi<CeremonyState>;
  /**
   * Runs a long procedure under a new operation id and follows its events.
   * @returns the procedure's value, or null when it failed or was cancelled (see the state)
   */
  run<T>(start: (operationId: string) => Promise<Reply<T>>): Promise<T | null>;
  /** Sends the PIN and forgets it. */
  sendPin(pin: string): Promise<void>;
  /** Passes the person's click on to the software key. */
  touch(): Promise<void>;
  /** Asks for the PIN in the place of the fingerprint. */
  askForPin(): Promise<void>;
  cancel(): Promise<void>;
  /** Back to idle, where nothing runs. */
  reset(): void;
};

export function createCeremony(
  bridge: KeywrightBridge,
  newId: () => string = () => crypto.randomUUID(),
): Ceremony {
  const store = createStore<CeremonyState>()(() => ({ phase: 'idle' }));
  const set = (state: CeremonyState) => store.setState(state, true);

  /** The state of the operation, if it is the one that runs now. */
  function running(operationId: string) {
    const state = store.getState();
    return state.phase === 'running' && state.operationId === operationId ? state : null;
  }

  async function run<T>(start: (operationId: string) => Promise<Reply<T>>): Promise<T | null> {
    if (store.getState().phase === 'running') return null;
    const operationId = newId();
    set({ phase: 'running', operationId, status: null, answered: false, cancelling: false });
    const stop = bridge.on('operation.status', (status) => {
      const now = running(status.operationId);
      if (now !== null) set({ ...now, status, answered: false });
    });
    try {
      const reply = await start(operationId);
      if (running(operationId) === null) return null;
      if (reply.ok) {
        set({ phase: 'idle' });
        return reply.value;
      }
      set(
        reply.error.code === 'authenticator.cancelled'
          ? { phase: 'cancelled' }
          : { phase: 'failed', error: reply.error },
      );
      return null;
    } finally {
      stop();
    }
  }

  async function answer(send: (operationId: string) => Promise<Reply<unknown>>): Promise<void> {
    const state = store.getState();
    if (state.phase !== 'running' || state.answered) return;
    set({ ...state, answered: true });
    const reply = await send(state.operationId);
    const now = running(state.operationId);
    if (reply.ok || now === null) return;
    // The operation itself still waits; let the person answer again.
    set({ ...now, answered: false });
  }

  return {
    store,
    run,
    sendPin: (pin) => {
      const state = store.getState();
      const questionId = state.phase === 'running' ? state.status?.pin?.questionId : undefined;
      if (questionId === undefined) return Promise.resolve();
      return answer((operationId) => bridge.call('authenticators.pin', { operationId, questionId, pin }));
    },
    touch: () => answer((operationId) => bridge.call('authenticators.touch', { operationId })),
    askForPin: () => answer((operationId) => bridge.call('authenticators.usePin', { operationId })),
    async cancel() {
      const state = store.getState();
      if (state.phase !== 'running' || state.cancelling) return;
      set({ ...state, cancelling: true });
      // How it ends is told by the operation itself; a refusal here means that it has ended already.
      await bridge.call('operations.cancel', { operationId: state.operationId });
    },
    reset() {
      if (store.getState().phase !== 'running') set({ phase: 'idle' });
    },
  };
}
