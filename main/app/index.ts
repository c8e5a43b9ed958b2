import type { Clock } from '../platform/clock.ts';
import type { Core } from './core.ts';

export type { Caller } from './caller.ts';
export type { Core, CoreEvent } from './core.ts';

/** How to start the core. */
export type CoreOptions = {
  /** Absolute path of the data folder; made if absent. */
  dataFolder: string;
  host: 'electron' | 'web' | 'cli';
  clock?: Clock;
};

/**
 * Opens the data folder and starts the application.
 * @throws KeywrightError `store.*` when the folder cannot be used
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  throw new Error(`not built yet: ${options.dataFolder}`);
}
