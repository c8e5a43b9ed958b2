import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { MESSAGE_LIMIT } from '../../../shared/contract/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Caller, Core } from '../../app/index.ts';
import { parseMessage, refusal } from '../common/message.ts';
import { answerReply } from './answers.ts';

const LongInput = z.object({ operationId: z.string() });

/**
 * Answers `POST /api/call`. A call whose connection breaks off has lost its page (closed, reloaded, or the
 * browser gave up): the operation that it started is cancelled, and no other tab's.
 */
export async function answerCall(
  request: IncomingMessage,
  response: ServerResponse,
  core: Core,
  caller: Caller,
): Promise<void> {
  try {
    if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
      answerReply(response, 415, refusal(new KeywrightError('input.invalid', { message: NOT_JSON })));
      return;
    }
    const { procedure, input, size } = parseMessage(await readBody(request));
    const long = LongInput.safeParse(input);
    if (long.success) {
      response.on('close', () => {
        if (!response.writableFinished) void core.call(caller, 'operations.cancel', long.data);
      });
    }
    answerReply(response, 200, await core.call(caller, procedure, input, size));
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
    if (error.code !== 'input.too_large') return answerReply(response, 400, refusal(error));
    // The rest is read and thrown away, so that the sender gets to see the answer; then the connection ends.
    request.resume();
    answerReply(response, 413, refusal(error), { Connection: 'close' });
  }
}

const NOT_JSON = 'A call has the content type application/json.';

/**
 * Reads a body of at most {@link MESSAGE_LIMIT} bytes as UTF-8.
 * @throws KeywrightError `input.too_large`, `input.invalid` where it is not UTF-8
 */
async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > MESSAGE_LIMIT)
    throw new KeywrightError('input.too_large');
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MESSAGE_LIMIT) {
        chunks.length = 0;
        reject(new KeywrightError('input.too_large'));
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', (cause) => reject(new KeywrightError('input.invalid', { cause })));
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new KeywrightError('input.invalid', { message: 'This request is not UTF-8.', cause });
  }
}
