import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { type Migration, migrations } from './migrations/index.ts';

/** Marks a SQLite file as ours: "KWRT". */
export const APPLICATION_ID = 0x4b575254;

const Applied = z.array(z.object({ number: z.int(), checksum: z.string() }));

const checksum = (migration: Migration): string =>
  createHash('sha256').update(`${migration.number} ${migration.name}\n${migration.sql}`).digest('hex');

/**
 * Checks, without writing, that this store is ours and that its history is the beginning of ours.
 * @throws KeywrightError `store.not_a_database`, `store.newer_schema`, `store.migration_changed`
 */
export function checkHistory(db: Database.Database, known: readonly Migration[] = migrations): void {
  const tables = z.int().parse(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get());
  if (tables === 0) return;
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new KeywrightError('store.not_a_database');
  }
  const applied = Applied.parse(db.prepare('SELECT number, checksum FROM migration ORDER BY number').all());
  for (const [index, row] of applied.entries()) {
    const ours = known[index];
    if (ours === undefined) {
      throw new KeywrightError('store.newer_schema', {
        details: { found: applied.length, known: known.length },
      });
    }
    if (ours.number !== row.number || checksum(ours) !== row.checksum) {
      throw new KeywrightError('store.migration_changed', { details: { migration: row.number } });
    }
  }
}

/**
 * Brings the schema up to date, each step in a transaction of its own with the record that it was done.
 * Kysely's own migrator keeps no checksums, so this is ours.
 * @param now UTC ms
 */
export function migrate(db: Database.Database, now: number, known: readonly Migration[] = migrations): void {
  db.transaction(() => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT',
    );
    db.pragma(`application_id = ${APPLICATION_ID}`);
  })();
  const done = z.int().parse(db.prepare('SELECT count(*) FROM migration').pluck().get());
  for (const migration of known.slice(done)) {
    db.transaction(() => {
      db.exec(migration.sql);
      db.prepare('INSERT INTO migration VALUES (?, ?, ?, ?)').run(
        migration.number,
        migration.name,
        checksum(migration),
        now,
      );
    })();
  }
}
