import { CtapError, STATUS } from '../../ctap/index.ts';
import type { Clock } from '../../platform/clock.ts';

/** The next answer must be asked for within this time, ms. CTAP 2.2 §6, stateful commands. */
const NEXT_LIMIT = 30_000;

/** What is given in several answers. */
export type Series = 'assertions' | 'relyingParties' | 'credentials';

/** Makes one answer, when it is asked for. */
export type Step = () => Promise<Uint8Array> | Uint8Array;

/** The answers that are still to come after the first one: of one series at a time. CTAP 2.2 §6, stateful commands. */
export class Continuation {
  readonly #clock: Clock;
  #series: Series | null = null;
  #steps: Step[] = [];
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first answer was given; these are to follow. What was still to come of another series is dropped. */
  begin(series: Series, steps: Step[]): void {
    this.#series = series;
    this.#steps = steps;
    this.#since = this.#clock.now();
  }

  /** The next answer. @throws CtapError NOT_ALLOWED where none is to come, or it comes too late */
  async next(series: Series): Promise<Uint8Array> {
    const waited = this.#clock.now() - this.#since;
    const inTime = waited >= 0 && waited <= NEXT_LIMIT;
    const step = series === this.#series && inTime ? this.#steps.shift() : undefined;
    if (step === undefined) throw new CtapError(STATUS.NOT_ALLOWED);
    const answer = await step();
    this.#since = this.#clock.now();
    return answer;
  }

  /** Drops what is still to come: any other command ends a series. */
  end(): void {
    this.#series = null;
    this.#steps = [];
  }
}
