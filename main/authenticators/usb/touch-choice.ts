import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  type CallOptions,
  Ctap2,
  CtapError,
  HidDevice,
  type PacketPipe,
} from '../../ctap/index.ts';

/** A key that takes part, and the way to it. */
export type Candidate = { id: string; openPipe(): Promise<PacketPipe> };

/** What a key answers to an empty pinUvAuthParam, once it was touched. CTAP 2.2 §6.1.2 step 1. */
const TOUCHED = ['PIN_NOT_SET', 'PIN_INVALID', 'PIN_AUTH_INVALID'] as const;

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
    if (!device.supportsCbor) throw new KeywrightError('authenticator.not_supported');
    const ctap = new Ctap2(device);
    await touched(ctap, await ctap.getInfo({ signal }), { signal });
    return candidate.id;
  } finally {
    device.close();
  }
}

/** authenticatorSelection is of CTAP 2.1; before, a request that can only fail had to do. CTAP 2.2 §6.9. */
async function touched(ctap: Ctap2, info: AuthenticatorInfo, call: CallOptions): Promise<void> {
  if (info.versions.some((version) => /^FIDO_2_[1-9]\d*$/.test(version))) return ctap.selection(call);
  try {
    await ctap.makeCredential(
      {
        clientDataHash: new Uint8Array(32),
        rp: { id: '.touch.invalid' },
        user: { id: new Uint8Array(1), name: 'touch' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        pinUvAuth: { param: new Uint8Array(), protocol: 1 },
      },
      call,
    );
    // A key that knows no PIN has made a credential that it does not keep: it was touched all the same.
  } catch (error) {
    if (!TOUCHED.some((status) => CtapError.is(error, status))) throw error;
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
