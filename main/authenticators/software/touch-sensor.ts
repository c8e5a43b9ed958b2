/** How a wait for a touch ended. */
export type TouchResult = 'touched' | 'timeout' | 'cancelled';

/** The touch button of a key. A touch counts only while the key waits for one. */
export class TouchSensor {
  readonly #automatic: boolean;
  #waiting: ((result: TouchResult) => void) | null = null;

  /** @param automatic touches by itself: for throw-away keys in tests and simulators only */
  constructor(automatic: boolean) {
    this.#automatic = automatic;
  }

  /** A person touches the key. */
  touch(): void {
    this.#waiting?.('touched');
  }

  /** Waits for the next touch, at most `timeout` ms. */
  wait(timeout: number, signal: AbortSignal): Promise<TouchResult> {
    if (signal.aborted) return Promise.resolve('cancelled');
    if (this.#automatic) return Promise.resolve('touched');
    return new Promise((resolve) => {
      const end = (result: TouchResult) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancelled);
        this.#waiting = null;
        resolve(result);
      };
      const cancelled = () => end('cancelled');
      const timer = setTimeout(() => end('timeout'), timeout);
      signal.addEventListener('abort', cancelled);
      this.#waiting = end;
    });
  }
}
