import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type Caller, type Core, createCore } from '../../main/app/index.ts';
import type { ProcedureInput, ProcedureName, ProcedureOutput } from '../../shared/contract/index.ts';

export const PIN = 'bench pin';
const caller: Caller = { clientId: 'bench', host: 'web', origin: 'http://localhost:4000' };

/** A core with someone in front of it who types the PIN and touches at once. */
export type Bench = {
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>;
  sign(challengeId: string, credentialId: string): Promise<ProcedureOutput<'authenticators.sign'>>;
  signIn(credentialId: string): Promise<void>;
  close(): Promise<void>;
};

export async function openBench(folder: string): Promise<Bench> {
  const core: Core = await createCore({ dataFolder: folder, host: 'web' });
  core.subscribe((event) => {
    if (event.event !== 'operation.status') return;
    const { operationId, phase, pin } = event.payload;
    if (pin !== null) {
      void core.call(caller, 'authenticators.pin', { operationId, questionId: pin.questionId, pin: PIN });
    }
    if (phase === 'touch') void core.call(caller, 'authenticators.touch', { operationId });
  });
  const call: Bench['call'] = async (name, input) => {
    const reply = await core.call(caller, name, input);
    if (!reply.ok) throw new Error(`${name}: ${reply.error.code}`);
    return reply.value as ProcedureOutput<typeof name>;
  };
  const sign: Bench['sign'] = (challengeId, credentialId) =>
    call('authenticators.sign', { operationId: randomUUID(), challengeId, credentialId });
  return {
    call,
    sign,
    signIn: async (credentialId) => {
      const { challengeId } = await call('signIn.begin', {});
      await call('signIn.commit', { challengeId, ...(await sign(challengeId, credentialId)) });
    },
    close: () => core.close(),
  };
}

/** A data folder with one real credential and, beside it, made-up ones up to `count`. */
export async function seededFolder(count: number): Promise<{ folder: string; credentialId: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
  const bench = await openBench(folder);
  const { id } = await bench.call('enrol.begin', {
    kind: 'software',
    name: 'The real one',
    person: 'Bench Person',
    workspace: 'Bench',
  });
  await bench.call('enrol.register', { operationId: randomUUID(), enrolmentId: id });
  const { credential } = await bench.call('enrol.commitFirst', { enrolmentId: id });
  await bench.close();
  const db = new Database(join(folder, 'keywright.sqlite'));
  const columns = db.prepare('SELECT * FROM credential').raw(false).get() as Record<string, unknown>;
  const names = Object.keys(columns);
  const insert = db.prepare(
    `INSERT INTO credential (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`,
  );
  // Only the real one was used of late, so it is the one that signing in offers first.
  db.prepare('UPDATE credential SET last_used_at = created_at').run();
  db.transaction(() => {
    for (let n = 1; n < count; n += 1) {
      insert.run({
        ...columns,
        id: randomUUID(),
        name: `Key number ${n}`,
        name_key: `key number ${n}`,
        credential_id: randomBytes(32),
        fingerprint: randomBytes(32).toString('hex'),
        authenticator_ref: null,
        state: n % 7 === 0 ? 'inactive' : 'active',
        created_at: Number(columns.created_at) - n * 60_000,
        last_used_at: n % 3 === 0 ? Number(columns.created_at) - n * 1000 : null,
      });
    }
  })();
  db.close();
  return { folder, credentialId: credential.id };
}
