import { describe, expect, test, vi } from 'vitest';
import { createCredentialList, PAGE, rowAt } from '../../../renderer/features/credentials/list-store.ts';
import type { KeywrightBridge } from '../../../shared/contract/index.ts';
import { bridgeOf, openBridge } from './person.ts';

async function openWith(names: string[]) {
  const { window } = await openBridge();
  window.behaviour = {};
  const first = await window.createFirst(names[0]);
  for (const name of names.slice(1)) await window.createNext(name, first.id);
  return { window, bridge: bridgeOf(window), first };
}

describe('the list of credentials', () => {
  test('sorts, turns the order round, searches and filters in the store', async () => {
    const { bridge, window, first } = await openWith(['Bravo', 'alpha', 'Charlie']);
    const list = createCredentialList(bridge);
    const names = () => [0, 1, 2, 3].map((row) => rowAt(list.store.getState(), row)?.name ?? null);
    await list.refresh();
    expect(names()).toEqual(['Charlie', 'alpha', 'Bravo', null]);
    await list.sortBy('name');
    expect(names()).toEqual(['alpha', 'Bravo', 'Charlie', null]);
    await list.sortBy('name');
    expect(names()).toEqual(['Charlie', 'Bravo', 'alpha', null]);
    await list.show({ query: 'ALP' });
    expect(names()).toEqual(['alpha', null, null, null]);
    expect(list.store.getState()).toMatchObject({ total: 1, all: 3, active: 3 });

    const alpha = rowAt(list.store.getState(), 0);
    await window.setState(alpha?.id ?? '', 'inactive', first.id);
    await list.show({ query: '', state: 'inactive' });
    expect(names()).toEqual(['alpha', null, null, null]);
    expect(list.store.getState()).toMatchObject({ total: 1, all: 3, active: 2 });
  });

  test('an answer to an older search never replaces the newer one', async () => {
    const { bridge } = await openWith(['Alpha', 'Bravo']);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow: KeywrightBridge = {
      ...bridge,
      call: async (name, input) => {
        const reply = await bridge.call(name, input);
        if ('query' in input && input.query === 'alpha') await held;
        return reply;
      },
    };
    const list = createCredentialList(slow);
    const older = list.show({ query: 'alpha' });
    await list.show({ query: 'bravo' });
    release();
    await older;
    expect(rowAt(list.store.getState(), 0)?.name).toBe('Bravo');
  });

  test('fetches only the pages that are looked at', async () => {
    const { bridge, first } = await openWith(['Alpha']);
    const asked: number[] = [];
    const long: KeywrightBridge = {
      ...bridge,
      // A long list made of one credential: what matters here is which rows are asked for.
      call: (async (name: never, input: { offset: number; limit: number }) => {
        if (name !== 'credentials.list') return bridge.call(name, input as never);
        asked.push(input.offset);
        expect(input.limit).toBe(PAGE);
        return { ok: true, value: { items: Array(PAGE).fill(first), total: 10_000, all: 10_000, active: 1 } };
      }) as KeywrightBridge['call'],
    };
    const list = createCredentialList(long);
    await list.refresh();
    expect(asked).toEqual([0]);
    list.ensure(0, 40);
    list.ensure(9_950, 9_999);
    list.ensure(9_950, 9_999);
    await vi.waitFor(() => expect(rowAt(list.store.getState(), 9_999)).not.toBeNull());
    expect(asked).toEqual([0, 9_900]);
    expect(rowAt(list.store.getState(), 5_000)).toBeNull();
    // A change elsewhere fetches again what is in sight, and nothing else.
    await list.refresh();
    expect(asked).toEqual([0, 9_900, 9_900]);
    list.clear();
    expect(rowAt(list.store.getState(), 9_999)).toBeNull();
  });

  test('says what went wrong, and is well again after a retry', async () => {
    const { bridge, window, first } = await openWith(['Alpha']);
    await window.call('session.signOut', {});
    const list = createCredentialList(bridge);
    await list.refresh();
    expect(list.store.getState()).toMatchObject({
      phase: 'failed',
      error: { code: 'auth.sign_in_required' },
    });
    await window.signIn(first.id);
    await list.refresh();
    expect(list.store.getState()).toMatchObject({ phase: 'ready', error: null, total: 1 });
  });
});
