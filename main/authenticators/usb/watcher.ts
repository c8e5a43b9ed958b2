import type { KeySource, SecurityKeyDevice } from './types.ts';

export type WatcherOptions = {
  sources: readonly KeySource[];
  /** All keys, as `list` tells them. */
  list(): Promise<SecurityKeyDevice[]>;
  /** From the end of one look to the next, ms. */
  interval: number;
  /** Told of a look that failed, and of a listener that did; the next look follows all the same. */
  onProblem(error: unknown): void;
};

type Listener = (devices: SecurityKeyDevice[]) => void;

/** Looks at the sources again and again while someone listens, and lists the keys only when one changed. */
export class Watcher {
  readonly #options: WatcherOptions;
  readonly #listeners = new Set<Listener>();
  #last: SecurityKeyDevice[] | null = null;
  #stamp: string | null = null;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
  }

  /** Adds a listener; returns the function that takes it away. */
  watch(listener: Listener): () => void {
    // A function may be given twice; each time is a listener of its own.
    const own: Listener = (devices) => listener(devices);
    this.#listeners.add(own);
    if (this.#last !== null) this.#tellLater(own, this.#last);
    if (this.#timer === undefined && !this.#looking) this.#look();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#last = null;
      this.#stamp = null;
    };
  }

  #look(): void {
    this.#looking = true;
    this.#timer = undefined;
    this.#lookOnce()
      .catch((error: unknown) => {
        this.#stamp = null;
        this.#options.onProblem(error);
      })
      .finally(() => {
        this.#looking = false;
        if (this.#listeners.size === 0) return;
        this.#timer = setTimeout(() => this.#look(), this.#options.interval);
      });
  }

  async #lookOnce(): Promise<void> {
    const stamp = await this.#takeStamp();
    if (stamp === this.#stamp) return;
    const devices = await this.#options.list();
    const after = await this.#takeStamp();
    if (this.#listeners.size === 0) return;
    // Where something changed while they were listed, the list may tell less than the stamp: the next look lists again.
    this.#stamp = after === stamp ? stamp : null;
    const same = this.#last !== null && JSON.stringify(this.#last) === JSON.stringify(devices);
    if (same) return;
    this.#last = devices;
    for (const listener of [...this.#listeners]) listener(devices);
  }

  async #takeStamp(): Promise<string> {
    return (await Promise.all(this.#options.sources.map((source) => source.stamp()))).join('\n');
  }

  #tellLater(listener: Listener, devices: SecurityKeyDevice[]): void {
    queueMicrotask(() => {
      if (this.#listeners.has(listener)) listener(devices);
    });
  }
}
