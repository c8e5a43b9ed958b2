import type { UserVerificationPolicy } from '../../shared/domain/index.ts';
import type { Db, PersonRow, WorkspaceRow } from './tables.ts';

/** The workspace of this store, once it has been made. */
export async function findWorkspace(db: Db): Promise<WorkspaceRow | undefined> {
  return db.selectFrom('workspace').selectAll().executeTakeFirst();
}

export async function insertWorkspace(db: Db, row: WorkspaceRow): Promise<void> {
  await db.insertInto('workspace').values(row).execute();
}

export async function setUserVerification(db: Db, userVerification: UserVerificationPolicy): Promise<void> {
  await db.updateTable('workspace').set({ userVerification }).execute();
}

export async function insertPerson(db: Db, row: PersonRow): Promise<void> {
  await db.insertInto('person').values(row).execute();
}

export async function findPerson(db: Db, id: string): Promise<PersonRow | undefined> {
  return db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The first person of the workspace. */
export async function findFirstPerson(db: Db): Promise<PersonRow | undefined> {
  return db.selectFrom('person').selectAll().orderBy('id').executeTakeFirst();
}
