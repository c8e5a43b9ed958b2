import { type TouchResult, TouchSensor } from '../../../main/authenticators/software/touch-sensor.ts';
import type { Clock } from '../../../main/platform/clock.ts';

/** How a key is touched: by itself at once, by itself after so many ms, or when the test says so. */
export type TouchMode = 'auto' | 'manual' | number;

/** What a key waits for. */
export type Waiting = 'touch' | 'finger';

export type FingerResult = 'ok' | 'bad';

/** A touch that was proven by a fingerprint need not be repeated within this time, ms. */
const PRESENT = 30_000;

/** The surface of a key for tests: a button, and on some a fingerprint sensor in the same place. */
export class TestSensor extends TouchSensor {
  readonly #mode: TouchMode;
  readonly #clock: Clock;
  readonly #tell: (waiting: Waiting) => void;
  readonly #finger = new TouchSensor(false);
  #result: FingerResult = 'ok';
  #presentUntil = Number.NEGATIVE_INFINITY;

  /** @param tell told what the key waits for, each time that it begins to */
  constructor(mode: TouchMode, clock: Clock, tell: (waiting: Waiting) => void) {
    super(mode === 'auto');
    this.#mode = mode;
    this.#clock = clock;
    this.#tell = tell;
  }

  override async wait(timeout: number, signal: AbortSignal): Promise<TouchResult> {
    if (this.#clock.now() <= this.#presentUntil) {
      this.#presentUntil = Number.NEGATIVE_INFINITY;
      return 'touched';
    }
    const result = super.wait(timeout, signal);
    const timer = this.#ask('touch', () => this.touch());
    return result.finally(() => clearTimeout(timer));
  }

  /** Waits for a fingerprint, at most `timeout` ms. */
  async waitForFinger(timeout: number, signal: AbortSignal): Promise<FingerResult | 'timeout' | 'cancelled'> {
    const waiting = this.#finger.wait(timeout, signal);
    const timer = this.#ask('finger', () => this.finger('ok'));
    const result = await waiting.finally(() => clearTimeout(timer));
    if (result !== 'touched') return result;
    if (this.#result === 'ok') this.#presentUntil = this.#clock.now() + PRESENT;
    return this.#result;
  }

  /** A person lays a finger on the key; for a key that waits for a mere touch that is one. */
  finger(result: FingerResult): void {
    this.#result = result;
    this.#finger.touch();
    this.touch();
  }

  #ask(waiting: Waiting, act: () => void): NodeJS.Timeout | undefined {
    this.#tell(waiting);
    if (this.#mode === 'auto') act();
    return typeof this.#mode === 'number' ? setTimeout(act, this.#mode) : undefined;
  }
}
