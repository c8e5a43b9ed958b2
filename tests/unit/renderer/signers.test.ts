import { describe, expect, test } from 'vitest';
import { preselect } from '../../../renderer/features/ceremony/assertion-flow.ts';
import { orderSigners, SHOWN, shownSigners } from '../../../renderer/features/ceremony/signers.ts';
import type { Signer } from '../../../shared/domain/index.ts';

const signer = (id: string, change: Partial<Signer> = {}): Signer => ({
  id,
  name: `Key ${id}`,
  kind: 'software',
  model: 'Software security key',
  state: 'active',
  lastUsedAt: null,
  unavailable: null,
  ...change,
});

test('those that can sign come first, the one used last before the others', () => {
  const ordered = orderSigners([
    signer('off', { unavailable: 'inactive', lastUsedAt: 9 }),
    signer('b'),
    signer('old', { lastUsedAt: 1 }),
    signer('new', { lastUsedAt: 2 }),
    signer('a'),
  ]);
  expect(ordered.map((each) => each.id)).toEqual(['new', 'old', 'a', 'b', 'off']);
});

describe('the preselected signer', () => {
  const two = [signer('a', { lastUsedAt: 1 }), signer('b', { lastUsedAt: 2 })];

  test('is the one chosen before, while it can sign', () => {
    expect(preselect(two, 'a')).toBe('a');
    expect(preselect([signer('a', { unavailable: 'inactive' }), signer('b')], 'a')).toBe('b');
  });

  test('else the one used last; none where none can sign', () => {
    expect(preselect(two, null)).toBe('b');
    expect(preselect([signer('a', { unavailable: 'missing' })], null)).toBeNull();
  });
});

test('of very many only some are drawn, but the chosen one always', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => signer(String(index)));
  expect(shownSigners(many, '', '0')).toHaveLength(SHOWN);
  expect(shownSigners(many, 'KEY 9999', null).map((each) => each.id)).toEqual(['9999']);
  expect(shownSigners(many, 'key 9999', '7').map((each) => each.id)).toEqual(['7', '9999']);
});
