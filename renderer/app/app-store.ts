import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge, ProcedureOutput } from '../../shared/contract/index.ts';
import type { ErrorBody } from '../../shared/errors/index.ts';

export type AppStatus = ProcedureOutput<'app.status'>;

/** What is known of the host. `status` stays while it is unreachable, so that nothing on screen is lost. */
export type AppState =
  | { phase: 'loading'; status: null; error: null }
  | { phase: 'ready'; status: AppStatus; error: null }
  | { phase: 'failed'; status: AppStatus | null; error: ErrorBody };

export type AppStore = {
  store: StoreApi<AppState>;
  /** Asks the host again. */
  refresh(): Promise<void>;
  /** Shows the full-screen state for this error. */
  fail(error: ErrorBody): void;
  signOut(): Promise<void>;
};

/** The store behind the shell: workspace, session and whether the host answers. */
export function createAppStore(getBridge: () => KeywrightBridge): AppStore {
  const store = createStore<AppState>()(() => ({ phase: 'loading', status: null, error: null }));
  let latest = 0;

  async function refresh(): Promise<void> {
    latest += 1;
    const mine = latest;
    const reply = await getBridge().call('app.status', {});
    if (mine !== latest) return;
    if (reply.ok) store.setState({ phase: 'ready', status: reply.value, error: null }, true);
    else fail(reply.error);
  }

  function fail(error: ErrorBody): void {
    store.setState({ phase: 'failed', status: store.getState().status, error }, true);
  }

  async function signOut(): Promise<void> {
    const reply = await getBridge().call('session.signOut', {});
    if (reply.ok) await refresh();
    else fail(reply.error);
  }

  return { store, refresh, fail, signOut };
}
