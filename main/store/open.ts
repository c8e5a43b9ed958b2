import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { CamelCasePlugin, Kysely, SqliteDialect } from 'kysely';
import { KeywrightError } from '../../shared/errors/index.ts';
import { makeFolder } from '../platform/index.ts';
import { asStoreError } from './errors.ts';
import { takeLock } from './lock.ts';
import { checkHistory, migrate } from './migrate.ts';
import type { Db, Tables } from './tables.ts';

/** An open store. It belongs to this process until it is closed. */
export type Store = {
  readonly db: Db;
  /** Absolute path of the database file. */
  readonly file: string;
  /** Runs `work` in one transaction: all of it happens or nothing. */
  transact<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Size of the database file and its write-ahead log, bytes. */
  bytes(): number;
  close(): Promise<void>;
};

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/**
 * Opens, or makes, the store of a data folder: takes the folder's lock, checks the file without writing to
 * it, then migrates. WAL, foreign keys, `synchronous=FULL`.
 * @param options `host` is named to a second copy that finds the lock; `now` is UTC ms
 * @throws KeywrightError `store.*`; the file is then as it was
 */
export function openStore(options: { folder: string; host: string; now: number }): Store {
  const file = join(options.folder, 'keywright.sqlite');
  let unlock: (() => void) | undefined;
  let sqlite: Database.Database | undefined;
  try {
    makeFolder(options.folder);
    unlock = takeLock(options.folder, options.host, options.now);
    if (existsSync(file) && statSync(file).size > 0) inspect(file);
    else closeSync(openSync(file, 'a', 0o600));
    sqlite = new Database(file);
    chmodSync(file, 0o600);
    sqlite.pragma('journal_mode = WAL');
    sqlite.pragma('synchronous = FULL');
    sqlite.pragma('foreign_keys = ON');
    sqlite.pragma('trusted_schema = OFF');
    migrate(sqlite, options.now);
  } catch (error) {
    sqlite?.close();
    unlock?.();
    throw asStoreError(error, { folder: options.folder });
  }
  return wrap(file, sqlite, unlock);
}

function wrap(file: string, sqlite: Database.Database, unlock: () => void): Store {
  const db: Db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: sqlite }),
    plugins: [new CamelCasePlugin()],
  });
  return {
    db,
    file,
    transact: (work) => db.transaction().execute(work),
    bytes: () =>
      [file, `${file}-wal`].reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0),
    close: async () => {
      await db.destroy();
      unlock();
    },
  };
}

function inspect(file: string): void {
  const head = Buffer.alloc(MAGIC.length);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  if (!head.equals(MAGIC)) throw new KeywrightError('store.not_a_database');
  const reader = new Database(file, { readonly: true });
  try {
    checkHistory(reader);
  } finally {
    reader.close();
  }
}
