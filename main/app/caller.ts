/** Who is calling: one window or one browser, as its host knows it. */
export type Caller = {
  /** Stable for a window or a browser's cookie; sessions and operations belong to it. */
  readonly clientId: string;
  readonly host: 'electron' | 'web' | 'cli';
  /** The origin of the page, as the host checked it; null for a terminal. */
  readonly origin: string | null;
};
