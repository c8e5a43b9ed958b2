import type { ActionRow, AuditRow, Db } from './tables.ts';

export async function insertAction(db: Db, row: ActionRow): Promise<void> {
  await db.insertInto('action').values(row).execute();
}

export async function findAction(db: Db, id: string): Promise<ActionRow | undefined> {
  return db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The newest entry of the audit chain. */
export async function findLastAudit(db: Db): Promise<AuditRow | undefined> {
  return db.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(1).executeTakeFirst();
}

export async function insertAudit(db: Db, row: AuditRow): Promise<void> {
  await db.insertInto('audit').values(row).execute();
}

/** The entries about one subject (a credential), newest first, with the name of the credential that signed each. */
export async function listAuditOf(
  db: Db,
  subjectId: string,
  limit: number,
): Promise<(AuditRow & { signerName: string | null })[]> {
  return db
    .selectFrom('audit')
    .leftJoin('credential', 'credential.id', 'audit.signerId')
    .selectAll('audit')
    .select('credential.name as signerName')
    .where('audit.subjectId', '=', subjectId)
    .orderBy('audit.sequence', 'desc')
    .limit(limit)
    .execute();
}

/** All entries in order, from `after` on, for export and verification. */
export async function listAudit(db: Db, after: number, limit: number): Promise<AuditRow[]> {
  return db
    .selectFrom('audit')
    .selectAll()
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}
