import Database from 'better-sqlite3';
import { type ErrorCode, type ErrorDetails, KeywrightError } from '../../shared/errors/index.ts';

const BY_SQLITE_CODE: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'store.disk_full'],
  ['SQLITE_READONLY', 'store.read_only'],
  ['SQLITE_CANTOPEN', 'store.read_only'],
  ['SQLITE_PERM', 'store.read_only'],
  ['SQLITE_NOTADB', 'store.not_a_database'],
  ['SQLITE_CORRUPT', 'store.damaged'],
  ['SQLITE_BUSY', 'store.locked'],
  ['SQLITE_LOCKED', 'store.locked'],
];

const BY_SYSTEM_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'store.disk_full',
  EDQUOT: 'store.disk_full',
  EACCES: 'store.read_only',
  EPERM: 'store.read_only',
  EROFS: 'store.read_only',
  ENOENT: 'store.read_only',
  ENOTDIR: 'store.read_only',
  EEXIST: 'store.read_only',
};

/**
 * Turns an error of SQLite or of the file system into a `store.*` error that says what a person can do.
 * Errors that are about neither are given back as they are.
 */
export function asStoreError(error: unknown, details?: ErrorDetails): unknown {
  if (error instanceof KeywrightError) return error;
  const code = storeCode(error);
  if (code === undefined) return error;
  return new KeywrightError(code, { cause: error, ...(details === undefined ? {} : { details }) });
}

function storeCode(error: unknown): ErrorCode | undefined {
  if (error instanceof Database.SqliteError) {
    return BY_SQLITE_CODE.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return BY_SYSTEM_CODE[error.code];
  }
  return undefined;
}

/** True when the error says that a UNIQUE constraint on this column would be broken. */
export function isDuplicate(error: unknown, column: string): boolean {
  return (
    error instanceof Database.SqliteError &&
    error.code === 'SQLITE_CONSTRAINT_UNIQUE' &&
    error.message.includes(column)
  );
}
