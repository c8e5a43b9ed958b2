import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { appendAudit, entryHolds } from '../../main/actions/index.ts';
import { listAudit, openStore, type Store } from '../../main/store/index.ts';
import { tempFolder } from '../support/temp.ts';

const NOW = 1_790_000_000_000;

function open(folder: string): Store {
  const store = openStore({ folder, host: 'web', now: NOW });
  onTestFinished(() => store.close());
  return store;
}

const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const storeFile = (folder: string) => join(folder, 'keywright.sqlite');
const asRoot = process.getuid?.() === 0;

describe('a new store', () => {
  test('is made with the pragmas it promises, in STRICT tables, readable by its owner only', () => {
    const folder = join(tempFolder(), 'deep', 'er');
    const store = open(folder);
    expect(statSync(store.file).mode & 0o777).toBe(0o600);
    const reader = new Database(store.file, { readonly: true });
    expect(reader.pragma('journal_mode', { simple: true })).toBe('wal');
    const tables = reader.prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").all();
    const ours = tables.filter((t) => !String((t as { name: string }).name).startsWith('sqlite_'));
    expect(ours.length).toBeGreaterThan(7);
    expect(ours.every((t) => (t as { strict: number }).strict === 1)).toBe(true);
    reader.close();
  });

  test('enforces foreign keys', async () => {
    const store = open(tempFolder());
    const row = { id: 'a', personId: 'nobody', challengeId: 'none', operation: 'x', request: '{}' };
    const blob = new Uint8Array(32);
    await expect(
      store.db
        .insertInto('action')
        .values({ ...row, requestHash: blob, nonce: blob, createdAt: 1, expiresAt: 2 })
        .execute(),
    ).rejects.toThrow('FOREIGN KEY');
  });

  test('a transaction that throws leaves nothing', async () => {
    const store = open(tempFolder());
    const person = { id: 'p', name: 'P', userHandle: new Uint8Array([1]), createdAt: NOW };
    const failing = store.transact(async (db) => {
      await db.insertInto('person').values(person).execute();
      throw new Error('halfway');
    });
    await expect(failing).rejects.toThrow('halfway');
    expect(await store.db.selectFrom('person').selectAll().execute()).toEqual([]);
  });
});

describe('a folder that cannot be used', () => {
  test('a second copy in this process is told who holds it', () => {
    const folder = tempFolder();
    open(folder);
    expect(() => openStore({ folder, host: 'electron', now: NOW })).toThrow(
      expect.objectContaining({
        code: 'store.locked',
        details: expect.objectContaining({ pid: process.pid, host: 'web' }),
      }),
    );
  });

  test('another process holds it, is named, and frees it when it is killed', async () => {
    const folder = tempFolder();
    const script = `import { openStore } from ${JSON.stringify(new URL('../../main/store/index.ts', import.meta.url).href)};
      // Held on to: a store that nobody has is closed when its memory is collected.
      globalThis.store = openStore({ folder: ${JSON.stringify(folder)}, host: 'electron', now: ${NOW} });
      console.log('open'); setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script]);
    await new Promise((resolve) => other.stdout.once('data', resolve));
    expect(() => openStore({ folder, host: 'web', now: NOW })).toThrow(
      expect.objectContaining({ code: 'store.locked', details: expect.objectContaining({ pid: other.pid }) }),
    );
    const gone = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await gone;
    expect(existsSync(open(folder).file)).toBe(true);
  });

  test.each([
    ['text', Buffer.from('this is a shopping list, not a database')],
    ['another SQLite file', null],
  ])('%s in its place is refused and left untouched', (_, bytes) => {
    const folder = tempFolder();
    if (bytes === null) {
      const other = new Database(storeFile(folder));
      other.exec('CREATE TABLE recipes (name TEXT)');
      other.close();
    } else writeFileSync(storeFile(folder), bytes);
    const before = digest(storeFile(folder));
    expect(() => openStore({ folder, host: 'web', now: NOW })).toThrow(
      expect.objectContaining({ code: 'store.not_a_database' }),
    );
    expect(digest(storeFile(folder))).toBe(before);
  });

  test.each([
    ['a newer schema', "INSERT INTO migration VALUES (99, 'future', 'x', 1)", 'store.newer_schema'],
    ['a changed migration', "UPDATE migration SET checksum = 'other'", 'store.migration_changed'],
  ])('%s is refused and left untouched', async (_, sql, code) => {
    const folder = tempFolder();
    await openStore({ folder, host: 'web', now: NOW }).close();
    const other = new Database(storeFile(folder));
    other.exec(sql);
    other.close();
    const before = digest(storeFile(folder));
    expect(() => openStore({ folder, host: 'web', now: NOW })).toThrow(expect.objectContaining({ code }));
    expect(digest(storeFile(folder))).toBe(before);
  });

  test('a file where the folder should be', () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    expect(() => openStore({ folder: join(file, 'data'), host: 'web', now: NOW })).toThrow(
      expect.objectContaining({ code: 'store.read_only' }),
    );
  });

  test.runIf(process.platform === 'linux')('a place where nobody can make a folder', () => {
    expect(() => openStore({ folder: '/proc/keywright/data', host: 'web', now: NOW })).toThrow(
      expect.objectContaining({ code: 'store.read_only' }),
    );
  });

  test('a read-only folder', () => {
    const folder = join(tempFolder(), 'data');
    mkdirSync(folder);
    chmodSync(join(folder, '..'), 0o755);
    chmodSync(folder, 0o555);
    // Root may write anywhere, so the attempt is made as another user.
    if (asRoot) chownSync(folder, 65534, 65534);
    const script = `${asRoot ? 'process.setgid(65534); process.setuid(65534);' : ''}
      const { openStore } = await import(${JSON.stringify(new URL('../../main/store/index.ts', import.meta.url).href)});
      try { openStore({ folder: ${JSON.stringify(folder)}, host: 'web', now: 1 }); console.log('opened'); }
      catch (error) { console.log(error.code); }`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(run.stdout.trim() || run.stderr).toBe('store.read_only');
  });

  test.runIf(asRoot && canMount())(
    'a full disk: a clear error, and what was stored before is still there',
    async () => {
      const folder = tempFolder();
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status).toBe(0);
      onTestFinished(() => {
        spawnSync('umount', ['-l', folder]);
      });
      const store = openStore({ folder, host: 'web', now: NOW });
      const insert = (id: string, size: number) =>
        store.db
          .insertInto('person')
          .values({ id, name: 'x'.repeat(size), userHandle: new TextEncoder().encode(id), createdAt: NOW })
          .execute();
      await insert('kept', 10);
      await expect(insert('too big', 2_000_000)).rejects.toMatchObject({ code: 'SQLITE_FULL' });
      expect(await store.db.selectFrom('person').select('id').execute()).toEqual([{ id: 'kept' }]);
      await store.close();
    },
  );
});

function canMount(): boolean {
  const folder = '/tmp/keywright-mount-probe';
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  return mounted;
}

describe('the audit chain', () => {
  const facts = (n: number) =>
    ({
      kind: 'action',
      at: NOW + n,
      workspaceId: 'w',
      personId: 'p',
      subjectId: null,
      facts: { n },
      signature: null,
    }) as const;

  test('links every entry to the one before, and neither update nor delete is possible', async () => {
    const store = open(tempFolder());
    for (const n of [1, 2, 3]) await store.transact((db) => appendAudit(db, facts(n)));
    const rows = await listAudit(store.db, 0, 10);
    let previous: Uint8Array = new Uint8Array(32);
    for (const row of rows) {
      expect(entryHolds(row, previous)).toBe(true);
      previous = row.hash;
    }
    expect(rows.map((row) => row.sequence)).toEqual([1, 2, 3]);
    await expect(store.db.updateTable('audit').set({ at: 1 }).execute()).rejects.toThrow('never changed');
    await expect(store.db.deleteFrom('audit').execute()).rejects.toThrow('never deleted');
  });

  test('an entry changed by one character does not hold', async () => {
    const store = open(tempFolder());
    await store.transact((db) => appendAudit(db, facts(1)));
    const [row] = await listAudit(store.db, 0, 1);
    expect(row).toBeDefined();
    if (row === undefined) return;
    expect(entryHolds({ ...row, entry: row.entry.replace('"n":1', '"n":2') }, new Uint8Array(32))).toBe(
      false,
    );
    expect(entryHolds(row, new Uint8Array(32).fill(1))).toBe(false);
  });
});
