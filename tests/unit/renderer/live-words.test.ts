import { describe, expect, test } from 'vitest';
import type { CeremonyState } from '../../../renderer/features/ceremony/ceremony-store.ts';
import { liveWords } from '../../../renderer/features/ceremony/live-words.ts';
import { i18n } from '../../../renderer/i18n/index.ts';
import { splitNames } from '../../../renderer/ui/named.tsx';
import type { OperationStatus } from '../../../shared/contract/index.ts';

const status = (change: Partial<OperationStatus>): OperationStatus => ({
  operationId: '0198c0de-0000-7000-8000-000000000001',
  phase: 'working',
  authenticator: null,
  waitingFor: null,
  candidates: [],
  pin: null,
  verification: null,
  verifiedBy: null,
  deadline: null,
  ...change,
});

type Running = Extract<CeremonyState, { phase: 'running' }>;

function say(
  change: Partial<OperationStatus>,
  purpose: 'make' | 'sign' = 'sign',
  running: Partial<Running> = {},
) {
  const state: Running = {
    phase: 'running',
    operationId: '0198c0de-0000-7000-8000-000000000001',
    status: status(change),
    answered: false,
    cancelling: false,
    ...running,
  };
  const { words, hint } = liveWords(i18n.t, state, { name: 'Desk key', purpose, after: null });
  return { words: splitNames(words).join(''), hint };
}

describe('the live panel waits for a key', () => {
  test.each([
    ['first', 'Plug in your security key'],
    ['removed', 'The key was pulled out before it had answered'],
    ['softLocked', 'Pull the key out and plug it in again'],
    ['wrongKey', 'This key does not hold “Desk key”'],
    ['blocked', 'A key is plugged in, but it cannot be opened'],
  ] as const)('%s: %s', (waitingFor, words) => {
    const said = say({ phase: 'insert', waitingFor });
    expect(said.words).toBe(words);
    expect(said.hint).not.toBe('');
  });

  test('and says what a pulled out key has not done', () => {
    expect(say({ phase: 'insert', waitingFor: 'removed' }, 'make').hint).toContain('Nothing was made.');
    expect(say({ phase: 'insert', waitingFor: 'removed' }, 'sign').hint).toContain('Nothing was signed.');
  });
});

test('a touch is asked for on the key or in the window, whichever it is', () => {
  const key = { name: 'YubiKey 5C', software: false, simulated: false };
  expect(say({ phase: 'touch', authenticator: key }).hint).toBe('Touch the key whose light is blinking.');
  expect(say({ phase: 'touch', authenticator: { ...key, software: true } }).hint).toContain('Press Touch');
});

test('an answer is acknowledged before the key says more', () => {
  const running = { answered: true };
  expect(say({ phase: 'verify' }).words).toBe('Use the fingerprint sensor of the key');
  expect(say({ phase: 'verify' }, 'sign', running).words).toBe('Asking for the PIN…');
  expect(say({ phase: 'pin' }, 'sign', running).words).toBe('Checking the PIN…');
});

test('a wish to stop is acknowledged in every phase', () => {
  for (const phase of ['insert', 'choose', 'connecting', 'pin', 'verify', 'touch', 'working'] as const) {
    expect(say({ phase }, 'sign', { cancelling: true })).toEqual({ words: 'Cancelling…', hint: '' });
  }
});

test('names are marked, so that they keep to themselves', () => {
  const authenticator = { name: 'מפתח', software: false, simulated: false };
  const running: Running = {
    phase: 'running',
    operationId: 'x',
    status: status({ phase: 'connecting', authenticator }),
    answered: false,
    cancelling: false,
  };
  const { words } = liveWords(i18n.t, running, { name: 'Desk key', purpose: 'sign', after: null });
  expect(splitNames(words)).toEqual(['Connecting to ', 'מפתח', '…']);
});
