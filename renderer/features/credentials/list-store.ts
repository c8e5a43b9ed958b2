import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge, ProcedureInput } from '../../../shared/contract/index.ts';
import type { Credential } from '../../../shared/domain/index.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';

type ListInput = ProcedureInput<'credentials.list'>;
export type ListView = {
  [K in 'query' | 'state' | 'sort' | 'direction']: NonNullable<ListInput[K]>;
};
export type SortKey = ListView['sort'];

/** Rows asked for at once. */
export const PAGE = 100;

export type ListState = {
  view: ListView;
  phase: 'loading' | 'ready' | 'failed';
  error: ErrorBody | null;
  /** Pages of the present view by number; the others are fetched when they are scrolled to. */
  pages: ReadonlyMap<number, readonly Credential[]>;
  total: number;
  all: number;
  active: number;
};

export type CredentialList = {
  store: StoreApi<ListState>;
  /** Shows another search, filter or order. Keeps the old rows until the new ones are here. */
  show(patch: Partial<ListView>): Promise<void>;
  /** Sorts by a column; the same column again turns the order round. */
  sortBy(key: SortKey): Promise<void>;
  /** Fetches what is missing between two rows. */
  ensure(first: number, last: number): void;
  /** Fetches the rows that were last seen again. */
  refresh(): Promise<void>;
  /** Forgets everything: the next person must not see it. */
  clear(): void;
};

export function rowAt(state: ListState, index: number): Credential | null {
  return state.pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null;
}

const EMPTY: ListState = {
  view: { query: '', state: 'all', sort: 'createdAt', direction: 'descending' },
  phase: 'loading',
  error: null,
  pages: new Map(),
  total: 0,
  all: 0,
  active: 0,
};

/** The list of credentials, held page by page. */
export function createCredentialList(bridge: KeywrightBridge): CredentialList {
  const store = createStore<ListState>()(() => EMPTY);
  /** Counts views and refreshes: an answer to an older one is dropped. */
  let edition = 0;
  let pending = new Set<number>();
  let seen = { first: 0, last: 0 };

  function fetchPage(page: number) {
    return bridge.call('credentials.list', {
      ...store.getState().view,
      offset: page * PAGE,
      limit: PAGE,
    });
  }

  function seenPages(): number[] {
    const from = Math.floor(seen.first / PAGE);
    const to = Math.floor(seen.last / PAGE);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  }

  /** Replaces all pages by fresh ones of those in sight. */
  async function reload(): Promise<void> {
    edition += 1;
    const mine = edition;
    pending = new Set();
    const numbers = seenPages();
    const replies = await Promise.all(numbers.map(fetchPage));
    if (mine !== edition) return;
    const pages = new Map<number, readonly Credential[]>();
    for (const [index, reply] of replies.entries()) {
      if (!reply.ok) {
        store.setState({ phase: 'failed', error: reply.error });
        return;
      }
      const number = numbers[index];
      if (number !== undefined) pages.set(number, reply.value.items);
      const { total, all, active } = reply.value;
      store.setState({ total, all, active });
    }
    store.setState({ phase: 'ready', error: null, pages });
  }

  async function loadMissing(page: number): Promise<void> {
    const mine = edition;
    pending.add(page);
    const reply = await fetchPage(page);
    if (mine !== edition) return;
    pending.delete(page);
    if (!reply.ok) {
      store.setState({ phase: 'failed', error: reply.error });
      return;
    }
    const { items, total, all, active } = reply.value;
    store.setState((state) => ({ pages: new Map(state.pages).set(page, items), total, all, active }));
  }

  return {
    store,
    async show(patch) {
      seen = { first: 0, last: 0 };
      store.setState((state) => ({ view: { ...state.view, ...patch } }));
      await reload();
    },
    async sortBy(key) {
      const { sort, direction } = store.getState().view;
      const turned = direction === 'ascending' ? 'descending' : 'ascending';
      // Times are wanted newest first, words from A.
      const fresh = key === 'createdAt' || key === 'lastUsedAt' ? 'descending' : 'ascending';
      await this.show({ sort: key, direction: key === sort ? turned : fresh });
    },
    ensure(first, last) {
      seen = { first, last };
      const { phase, pages } = store.getState();
      if (phase !== 'ready') return;
      for (const page of seenPages()) {
        if (!pages.has(page) && !pending.has(page)) void loadMissing(page);
      }
    },
    refresh: reload,
    clear() {
      edition += 1;
      seen = { first: 0, last: 0 };
      store.setState(EMPTY, true);
    },
  };
}
