/** The time of day, UTC ms. Tests replace it. */
export type Clock = { now(): number };

/** The computer's own clock. */
export const systemClock: Clock = { now: () => Date.now() };
