import fc from 'fast-check';
import { vi } from 'vitest';
import type { CborMap, CborValue } from '../../../main/ctap/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';

/** Cases for one property: a few hundred, or as many as KEYWRIGHT_FUZZ_CASES says. */
export function casesOf(normal: number): { parameters: { numRuns: number }; timeout: number } {
  const asked = Number(process.env.KEYWRIGHT_FUZZ_CASES ?? 0);
  const numRuns = Math.max(normal, Number.isSafeInteger(asked) ? asked : 0);
  return { parameters: { numRuns }, timeout: 30_000 + numRuns * 20 };
}

/** How something ended: with a value, or with an error that a person can be told. Anything else is thrown on. */
export async function outcome<T>(run: () => T | Promise<T>): Promise<{ value: T } | { code: string }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (error instanceof KeywrightError) return { code: error.code };
    throw error;
  }
}

/**
 * Waits for something by the fake clock.
 * @param deadline ms of the fake clock after which it must have ended
 */
export async function withinFakeTime<T>(deadline: number, promise: Promise<T>): Promise<T> {
  let ended = false;
  const watched = promise.finally(() => {
    ended = true;
  });
  // The outcome is looked at below; until then a failure must not count as unhandled.
  watched.catch(() => undefined);
  for (let waited = 0; !ended && waited < deadline; waited += 20) await vi.advanceTimersByTimeAsync(20);
  if (!ended) throw new Error(`nothing had happened after ${deadline} ms`);
  return watched;
}

/** Any value that CTAP2 can carry. */
export const anyCbor: fc.Arbitrary<CborValue> = fc.letrec<{ item: CborValue }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'hostile' },
    fc.constantFrom<CborValue>(0, 1, -1, 255, 65_536, 2 ** 32, Number.MAX_SAFE_INTEGER, 2n ** 64n - 1n),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'public-key', 'id', 'type', 'name'),
    fc.uint8Array({ maxLength: 80 }),
    fc.array(tie('item'), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(
          fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom('id', 'type', '__proto__')),
          tie('item'),
        ),
        {
          maxLength: 8,
        },
      )
      .map((entries) => new Map(entries)),
  ),
})).item;

/** A map whose fields have the numbers of a real answer and anything in them. */
export const anyAnswer: fc.Arbitrary<CborMap> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 32 }), anyCbor), { maxLength: 12 })
  .map((entries) => new Map(entries));

/** Bytes that were right once: some are changed, taken out, put in, cut off or appended. */
export function damaged(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom('flip', 'set', 'remove', 'insert', 'cut', 'append', 'double'),
    at: fc.nat({ max: 4096 }),
    byte: fc.nat({ max: 255 }),
  });
  return fc
    .tuple(fc.constantFrom(...originals), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([original, changes]) => {
      let bytes = [...original];
      for (const { kind, at, byte } of changes) {
        const i = bytes.length === 0 ? 0 : at % bytes.length;
        if (kind === 'flip') bytes[i] = (bytes[i] ?? 0) ^ (1 << (byte % 8));
        else if (kind === 'set') bytes[i] = byte;
        else if (kind === 'remove') bytes.splice(i, 1 + (byte % 8));
        else if (kind === 'insert') bytes.splice(i, 0, byte);
        else if (kind === 'cut') bytes = bytes.slice(0, i);
        else if (kind === 'append') bytes.push(byte);
        else bytes = [...bytes, ...bytes];
      }
      return Uint8Array.from(bytes);
    });
}
