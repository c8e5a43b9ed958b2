import { describe, expect, test } from 'vitest';
import { steadyClock } from '../../../main/platform/index.ts';

function computer() {
  const state = { wall: 1_790_000_000_000, monotonic: 0 };
  const clock = steadyClock(
    () => state.wall,
    () => state.monotonic,
  );
  return {
    clock,
    pass: (ms: number) => {
      state.wall += ms;
      state.monotonic += ms;
    },
    set: (ms: number) => {
      state.wall += ms;
    },
  };
}

describe('the steady clock', () => {
  test('follows the computer’s clock', () => {
    const { clock, pass } = computer();
    const start = clock.now();
    pass(1234);
    expect(clock.now() - start).toBe(1234);
  });

  test('goes on when that is set back, so that five minutes stay five minutes', () => {
    const { clock, pass, set } = computer();
    const start = clock.now();
    for (let minute = 0; minute < 5; minute += 1) {
      set(-60 * 60_000);
      pass(60_000);
      clock.now();
    }
    expect(clock.now() - start).toBe(5 * 60_000);
  });

  test('follows a clock that is set forward, as after a sleep', () => {
    const { clock, set } = computer();
    const start = clock.now();
    set(3_600_000);
    expect(clock.now() - start).toBe(3_600_000);
  });

  test('never goes back by the small steps of a time service either', () => {
    const { clock, pass, set } = computer();
    let before = clock.now();
    for (const step of [-300, 200, -900, 50, -10]) {
      set(step);
      pass(5);
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });
});
