import { KeywrightError } from '../../../shared/errors/index.ts';

/** How a process of ours ends. Terminal users and scripts rely on these numbers. */
export const EXIT = {
  ok: 0,
  internal: 1,
  usage: 2,
  store: 3,
  refused: 4,
  host: 5,
  cancelled: 130,
} as const;

/** The exit code that fits an error: by the group of its code. */
export function exitCode(error: unknown): number {
  if (!(error instanceof KeywrightError)) return EXIT.internal;
  if (error.code === 'authenticator.cancelled') return EXIT.cancelled;
  if (error.code.startsWith('store.')) return EXIT.store;
  if (error.code.startsWith('host.')) return EXIT.host;
  if (error.code.startsWith('input.')) return EXIT.usage;
  return error.code === 'internal' ? EXIT.internal : EXIT.refused;
}
