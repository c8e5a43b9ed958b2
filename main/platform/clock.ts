/** The time of day, UTC ms. Tests replace it. */
export type Clock = { now(): number };

/** How far the computer's clock may be behind before it counts as set back, ms. */
const TOLERANCE = 1000;

/**
 * A clock that never goes back: when the computer's clock is set back, it goes on at the pace of the monotonic
 * one, so that nothing that expires lives longer. Set forward, or after a sleep, it follows.
 * @param wall UTC ms
 * @param monotonic ms from any start, never less than before
 */
export function steadyClock(wall: () => number, monotonic: () => number): Clock {
  let last = { time: wall(), at: monotonic() };
  return {
    now: () => {
      const at = monotonic();
      const expected = last.time + (at - last.at);
      const time = wall();
      last = { time: time < expected - TOLERANCE ? expected : Math.max(time, last.time), at };
      return Math.floor(last.time);
    },
  };
}

/** The computer's own clock, made steady for this process. */
export const systemClock: Clock = steadyClock(
  () => Date.now(),
  () => performance.now(),
);
