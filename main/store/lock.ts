import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { asStoreError } from './errors.ts';

const Holder = z.object({ pid: z.int(), host: z.string(), computer: z.string(), since: z.int() });

/** Frees the lock. */
export type Unlock = () => void;

/**
 * Takes the lock of a data folder for as long as this process lives. The operating system holds it (it is
 * a lock that SQLite takes on `keywright.lock`), so a crash frees it and nothing stale can remain.
 * @param host which host takes it, for the message that the second copy shows
 * @param now UTC ms
 * @throws KeywrightError `store.locked` with details `{ pid, host, computer, since }` of the holder
 */
export function takeLock(folder: string, host: string, now: number): Unlock {
  const holderFile = join(folder, 'keywright.lock.json');
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(folder, 'keywright.lock'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    const holder: z.infer<typeof Holder> = { pid: process.pid, host, computer: hostname(), since: now };
    writeFileSync(holderFile, JSON.stringify(holder), { mode: 0o600 });
  } catch (error) {
    lock?.close();
    const known = asStoreError(error);
    if (known instanceof KeywrightError && known.code === 'store.locked') throw lockedBy(holderFile);
    throw known;
  }
  const held = lock;
  return () => {
    held.close();
  };
}

function lockedBy(holderFile: string): KeywrightError {
  const holder = readHolder(holderFile);
  if (holder === undefined) return new KeywrightError('store.locked');
  const kind = { electron: 'the Keywright window', web: 'Keywright in a browser', cli: 'the command line' };
  const who = kind[holder.host as keyof typeof kind] ?? holder.host;
  return new KeywrightError('store.locked', {
    message: `Keywright is already open on this data folder: ${who}, process ${holder.pid} on ${holder.computer}.`,
    details: holder,
  });
}

function readHolder(file: string): z.infer<typeof Holder> | undefined {
  try {
    return Holder.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Only the name of the holder is lost: the lock itself is what was asked for.
    return undefined;
  }
}
