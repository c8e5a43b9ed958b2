import { createStore, type StoreApi } from 'zustand/vanilla';
import type { KeywrightBridge, SecurityKeysSeen } from '../../../shared/contract/index.ts';

export type KeysWatch = {
  /** What is plugged in; null while nobody watches, and until the first answer. */
  store: StoreApi<{ seen: SecurityKeysSeen | null }>;
  /**
   * Watches the security keys as long as someone holds on.
   * @returns lets go
   */
  hold(): () => void;
};

/** The security keys of this computer, watched by the core only while a screen shows them. */
export function createKeysWatch(bridge: KeywrightBridge): KeysWatch {
  const store = createStore<{ seen: SecurityKeysSeen | null }>()(() => ({ seen: null }));
  let holders = 0;
  let watching = false;
  let stop: (() => void) | null = null;
  // One call after the other: the core must not see the end of a watch before its beginning.
  let line: Promise<void> = Promise.resolve();

  /** Begins, ends, or leaves as it is, whatever is wanted by the time it is its turn. */
  async function settle(): Promise<void> {
    if (holders > 0 === watching) return;
    watching = holders > 0;
    if (!watching) {
      stop?.();
      stop = null;
      store.setState({ seen: null });
      await bridge.call('securityKeys.unwatch', {});
      return;
    }
    const offKeys = bridge.on('securityKeys.changed', (seen) => store.setState({ seen }));
    // Told when the connection was lost and is back: the core may have stopped watching for this window.
    const offSession = bridge.on('session.changed', () => {
      line = line.then(begin);
    });
    stop = () => {
      offKeys();
      offSession();
    };
    await begin();
  }

  async function begin(): Promise<void> {
    if (!watching) return;
    const before = store.getState().seen;
    const reply = await bridge.call('securityKeys.watch', {});
    // An event that came meanwhile is newer than the answer.
    if (reply.ok && store.getState().seen === before) store.setState({ seen: reply.value });
  }

  return {
    store,
    hold() {
      holders += 1;
      line = line.then(settle);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        holders -= 1;
        line = line.then(settle);
      };
    },
  };
}
