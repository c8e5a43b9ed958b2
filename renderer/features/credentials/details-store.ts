import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge } from '../../../shared/contract/index.ts';
import type { CredentialDetails } from '../../../shared/domain/index.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';

export type DetailsState =
  | { phase: 'loading'; id: string | null }
  | { phase: 'ready'; id: string; details: CredentialDetails }
  | { phase: 'failed'; id: string; error: ErrorBody };

export type DetailsStore = {
  store: StoreApi<DetailsState>;
  /** Shows a credential; a credential that is already shown is refreshed in place. */
  load(id: string): Promise<void>;
};

/** What the details drawer shows. */
export function createDetailsStore(bridge: KeywrightBridge): DetailsStore {
  const store = createStore<DetailsState>()(() => ({ phase: 'loading', id: null }));
  return {
    store,
    async load(id) {
      const before = store.getState();
      if (before.id !== id || before.phase === 'failed') store.setState({ phase: 'loading', id }, true);
      const reply = await bridge.call('credentials.get', { id });
      if (store.getState().id !== id) return;
      store.setState(
        reply.ok ? { phase: 'ready', id, details: reply.value } : { phase: 'failed', id, error: reply.error },
        true,
      );
    },
  };
}
