import { KeywrightError } from '../../shared/errors/index.ts';

/** Waits some ms. @throws KeywrightError `authenticator.cancelled` as soon as the signal aborts */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();

    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(new KeywrightError('authenticator.cancelled'));
      else resolve();
    }
  });
}
