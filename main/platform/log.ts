import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { Settings } from './environment.ts';

export type { Logger };

/** Names of fields that never reach the log, whatever object they are part of. */
const SECRET_FIELDS = ['pin', 'newPin', 'token', 'pinUvAuthToken', 'privateKey', 'sharedSecret'];

/**
 * Opens the log: one JSON object per line in `keywright.log` of the data folder. PIN and key fields are
 * removed at any of the first three levels as a second line of defence; the first is not to log them.
 */
export function createLogger(folder: string, level: Settings['logLevel']): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        remove: true,
      },
    },
    pino.destination({ dest: join(folder, 'keywright.log'), sync: true, mode: 0o600 }),
  );
}
