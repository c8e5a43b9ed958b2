import { KeywrightError } from '../../../shared/errors/index.ts';
import { Ctap1, Ctap2, HidDevice, type PacketPipe, select, selectU2f } from '../../ctap/index.ts';

/** A key that takes part, and the way to it. */
export type Candidate = { id: string; openPipe(): Promise<PacketPipe> };

/**
 * Lets all keys wait for a touch at once. The first that is touched is chosen; the others are cancelled, and have
 * stopped when this resolves. A key that cannot take part drops out.
 * @returns the id of the key
 * @throws KeywrightError `authenticator.cancelled` when the signal aborts; when all dropped out `.timed_out`, or
 *   else what the first of them failed with
 */
export async function firstTouched(candidates: readonly Candidate[], signal: AbortSignal): Promise<string> {
  const decided = new AbortController();
  const running = AbortSignal.any([signal, decided.signal]);
  const attempts = candidates.map((candidate) => waitForTouch(candidate, running));
  try {
    return await Promise.any(attempts);
  } catch (cause) {
    throw signal.aborted ? new KeywrightError('authenticator.cancelled', { cause }) : failureOf(cause);
  } finally {
    decided.abort();
    await Promise.allSettled(attempts);
  }
}

async function waitForTouch(candidate: Candidate, signal: AbortSignal): Promise<string> {
  const device = await HidDevice.open(await candidate.openPipe(), { signal });
  try {
    const ctap = new Ctap2(device);
    if (device.supportsCbor) await select(ctap, await ctap.getInfo({ signal }), { signal });
    else await selectU2f(new Ctap1(device), { signal });
    return candidate.id;
  } finally {
    device.close();
  }
}

function failureOf(cause: unknown): unknown {
  if (!(cause instanceof AggregateError)) return cause;
  const failures: unknown[] = cause.errors;
  const timedOut = failures.find(
    (failure) => failure instanceof KeywrightError && failure.code === 'authenticator.timed_out',
  );
  return timedOut ?? failures[0] ?? new KeywrightError('authenticator.not_found');
}
