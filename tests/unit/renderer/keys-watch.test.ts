import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { createKeysWatch } from '../../../renderer/features/security-keys/keys-watch.ts';
import type { KeywrightBridge, ProcedureName } from '../../../shared/contract/index.ts';
import { openBridgeWithKey } from './person.ts';

/** The core looks for keys somewhat more often than this, ms. */
const LOOK_EVERY = 900;

/** A window on a core that knows of one simulated key, which is plugged in. */
async function openWithKey() {
  const { bridge, window, key } = await openBridgeWithKey();
  const calls: ProcedureName[] = [];
  const reconnect = new Set<() => void>();
  const counted: KeywrightBridge = {
    ...bridge,
    call: (name, input) => {
      calls.push(name);
      return bridge.call(name, input);
    },
    // Beside the core's own events: what the page's bridge tells when the host is back.
    on: (event, listener) => {
      const stop = bridge.on(event, listener);
      const again = () => listener({} as never);
      if (event === 'session.changed') reconnect.add(again);
      return () => {
        reconnect.delete(again);
        stop();
      };
    },
  };
  const comesBack = () => {
    for (const tell of reconnect) tell();
  };
  return { key, window, calls, comesBack, keys: createKeysWatch(counted) };
}

test('keys are watched while a screen shows them, live, and no longer', async () => {
  const { key, window, calls, keys } = await openWithKey();
  const names = () => keys.store.getState().seen?.devices.map(({ name }) => name) ?? null;
  expect(names()).toBeNull();
  const letGo = keys.hold();
  await vi.waitFor(() => expect(names()).toEqual([`Simulated security key at 127.0.0.1:${key.port}`]), 5000);
  expect(keys.store.getState().seen?.devices[0]?.transport).toBe('simulator');
  await key.unplug();
  await vi.waitFor(() => expect(names()).toEqual([]), 5000);
  letGo();
  letGo();
  await vi.waitFor(() => expect(calls).toEqual(['securityKeys.watch', 'securityKeys.unwatch']), 5000);
  expect(names()).toBeNull();
  // Nobody is told any more: not this window, and not the others.
  const told = window.events.length;
  await key.plug();
  await delay(LOOK_EVERY);
  expect(window.events.slice(told)).toEqual([]);
  expect(names()).toBeNull();
});

test('one screen hands over to the next without a gap, and a third one to nobody', async () => {
  const { calls, keys } = await openWithKey();
  const first = keys.hold();
  await vi.waitFor(() => expect(keys.store.getState().seen).not.toBeNull(), 5000);
  first();
  const second = keys.hold();
  await vi.waitFor(() => expect(keys.store.getState().seen?.devices).toHaveLength(1), 5000);
  second();
  keys.hold()();
  await vi.waitFor(() => expect(calls).toContain('securityKeys.unwatch'), 5000);
  expect(calls).toEqual(['securityKeys.watch', 'securityKeys.unwatch']);
});

test('after the connection was lost, the core is asked to watch again', async () => {
  const { key, window, calls, comesBack, keys } = await openWithKey();
  const letGo = keys.hold();
  await vi.waitFor(() => expect(calls).toEqual(['securityKeys.watch']), 5000);
  window.core.clientGone(window.caller.clientId);
  await key.unplug();
  comesBack();
  await vi.waitFor(() => expect(keys.store.getState().seen?.devices).toEqual([]), 5000);
  expect(calls).toEqual(['securityKeys.watch', 'securityKeys.watch']);
  letGo();
});
