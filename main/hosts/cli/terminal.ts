import { readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { KeywrightError } from '../../../shared/errors/index.ts';

const ENTER = new Set([0x0a, 0x0d]);
const BACKSPACE = new Set([0x08, 0x7f]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const LONGEST_SECRET = 256;

/** What the person at the terminal is asked. Questions go to the error output, so that results can be piped. */
export type Terminal = {
  /** Waits for one line. @throws KeywrightError `authenticator.cancelled` at the end of the input */
  askLine(question: string): Promise<string>;
  /** Reads a line that is not shown. @throws KeywrightError `authenticator.cancelled` on Ctrl+C */
  askSecret(question: string): Promise<string>;
  /** Says something that is no result. */
  say(sentence: string): void;
  /** Stops reading, so that the process can end. */
  close(): void;
};

/** The terminal this process runs in, or what stands in for it in a pipe. */
export function openTerminal(input: NodeJS.ReadStream = process.stdin): Terminal {
  const lines: string[] = [];
  const waiting: { resolve: (line: string) => void; reject: (error: unknown) => void }[] = [];
  let reader: ReturnType<typeof createInterface> | undefined;
  let ended = false;

  function read(): void {
    if (reader !== undefined) return;
    reader = createInterface({ input, terminal: false });
    reader.on('line', (line) => {
      const next = waiting.shift();
      if (next === undefined) lines.push(line);
      else next.resolve(line);
    });
    reader.on('close', () => {
      ended = true;
      for (const next of waiting.splice(0)) next.reject(new KeywrightError('authenticator.cancelled'));
    });
  }

  const askLine = (question: string): Promise<string> => {
    process.stderr.write(question);
    const early = lines.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (ended) return Promise.reject(new KeywrightError('authenticator.cancelled'));
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      read();
    });
  };

  return {
    askLine,
    askSecret: (question) => {
      // In a pipe nothing is echoed anyway.
      if (!input.isTTY) return askLine(question);
      reader?.close();
      reader = undefined;
      ended = false;
      return readHidden(input, question);
    },
    say: (sentence) => process.stderr.write(`${sentence}\n`),
    close: () => {
      reader?.close();
      // A question may still be open when the work has failed for another reason.
      if (input.isRaw) input.setRawMode(false);
      input.pause();
    },
  };
}

/** Reads the first line of an open file descriptor: the way scripts hand a PIN over. */
export function readLineOf(descriptor: number): string {
  const bytes = Buffer.alloc(LONGEST_SECRET + 1);
  try {
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, 1, null);
      if (count === 0 || ENTER.has(bytes[length] ?? 0)) break;
      length += count;
    }
    return bytes.toString('utf8', 0, length);
  } catch (cause) {
    const message = `The PIN could not be read from file descriptor ${descriptor}.`;
    throw new KeywrightError('input.invalid', { message, cause });
  } finally {
    bytes.fill(0);
  }
}

function readHidden(input: NodeJS.ReadStream, question: string): Promise<string> {
  const typed = Buffer.alloc(LONGEST_SECRET);
  let length = 0;
  // Before the question: whoever answers at once must not be echoed either.
  input.setRawMode(true);
  input.resume();
  process.stderr.write(question);
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      process.stderr.write('\n');
      settle();
      typed.fill(0);
    };
    const onData = (chunk: Buffer | string): void => {
      const bytes = Buffer.from(chunk);
      for (const byte of bytes) {
        if (ENTER.has(byte)) {
          finish(() => resolve(typed.toString('utf8', 0, length)));
          break;
        }
        if (byte === CTRL_C || byte === CTRL_D) {
          finish(() => reject(new KeywrightError('authenticator.cancelled')));
          break;
        }
        if (BACKSPACE.has(byte)) length = lastCharacterStart(typed, length);
        else if (length < typed.length) length = typed.writeUInt8(byte, length);
      }
      bytes.fill(0);
    };
    input.on('data', onData);
  });
}

/** Where the last UTF-8 character before `end` begins: what one backspace takes away. */
function lastCharacterStart(bytes: Buffer, end: number): number {
  let at = Math.max(end - 1, 0);
  while (at > 0 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
