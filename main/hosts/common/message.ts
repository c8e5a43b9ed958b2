import { z } from 'zod';
import { MESSAGE_LIMIT, type Reply } from '../../../shared/contract/index.ts';
import { type ErrorCode, KeywrightError } from '../../../shared/errors/index.ts';

const Message = z.strictObject({ procedure: z.string().max(100), input: z.unknown() });

/** A call as it arrived: `size` in bytes. */
export type Message = { procedure: string; input: unknown; size: number };

/**
 * Reads a call from its wire form, JSON text of `{ procedure, input }`.
 * @throws KeywrightError `input.too_large` above {@link MESSAGE_LIMIT} bytes, `input.invalid` where the text is
 *   not JSON or has another shape
 */
export function parseMessage(text: string): Message {
  const size = Buffer.byteLength(text);
  if (size > MESSAGE_LIMIT) throw new KeywrightError('input.too_large');
  const parsed = Message.safeParse(readJson(text));
  if (!parsed.success) throw new KeywrightError('input.invalid', { cause: parsed.error });
  return { procedure: parsed.data.procedure, input: parsed.data.input, size };
}

/** The answer of a host that refuses a call before the core sees it. */
export function refusal(error: ErrorCode | KeywrightError): Reply<never> {
  const known = typeof error === 'string' ? new KeywrightError(error) : error;
  return { ok: false, error: known.toBody() };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KeywrightError('input.invalid', { message: 'This request is not JSON.', cause });
  }
}
