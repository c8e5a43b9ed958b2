import { z } from 'zod';
import { Aaguid, Base64url } from '../../shared/domain/index.ts';
import type { Db, EnrolmentRow } from './tables.ts';

/** What was verified when the authenticator made the passkey. Binary as base64url. */
export const Registration = z.object({
  credentialId: Base64url,
  publicKey: Base64url,
  algorithm: z.int(),
  aaguid: Aaguid,
  model: z.string(),
  canVerifyUser: z.boolean().default(true),
  fingerprint: z.string(),
  signCount: z.int(),
  backupEligible: z.boolean(),
  backedUp: z.boolean(),
  transports: z.array(z.string()),
  attestationFormat: z.string(),
  attestationObject: Base64url,
  clientData: Base64url,
  rpId: z.string(),
  origin: z.string(),
});
export type Registration = z.infer<typeof Registration>;

/** The registration kept in an enrolment, or null before step 3. */
export function registrationOf(row: EnrolmentRow): Registration | null {
  return row.registration === null ? null : Registration.parse(JSON.parse(row.registration));
}

export async function insertEnrolment(db: Db, row: EnrolmentRow): Promise<void> {
  await db.insertInto('enrolment').values(row).execute();
}

export async function findEnrolment(db: Db, id: string): Promise<EnrolmentRow | undefined> {
  return db.selectFrom('enrolment').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Changes an enrolment that is as expected: in state `from`, not expired at `now` (UTC ms), and where `key` is
 * given, made with that authenticator.
 * @returns false when it is not, or no more, and nothing was changed
 */
export async function advanceEnrolment(
  db: Db,
  id: string,
  expected: { from: EnrolmentRow['state']; now: number; key?: string },
  change: Partial<Omit<EnrolmentRow, 'id'>>,
): Promise<boolean> {
  let rows = db
    .updateTable('enrolment')
    .set(change)
    .where('id', '=', id)
    .where('state', '=', expected.from)
    .where('expiresAt', '>', expected.now);
  if (expected.key !== undefined) rows = rows.where('authenticatorRef', '=', expected.key);
  return (await rows.executeTakeFirst()).numUpdatedRows === 1n;
}

/**
 * Ends an enrolment that was not committed: from now on nothing can be done with it. Its key can then be
 * deleted, and the row after it; if that is interrupted, the next sweep goes on.
 * @returns the row, or undefined where there is none to end
 */
export async function endEnrolment(db: Db, id: string): Promise<EnrolmentRow | undefined> {
  return db
    .updateTable('enrolment')
    .set({ expiresAt: 0 })
    .where('id', '=', id)
    .where('state', '!=', 'committed')
    .returningAll()
    .executeTakeFirst();
}

export async function deleteEnrolment(db: Db, id: string): Promise<void> {
  await db.deleteFrom('enrolment').where('id', '=', id).execute();
}

/** Enrolments that were never committed; only those that had expired at `before` (UTC ms) where it is given. */
export async function listUnfinished(db: Db, before?: number): Promise<EnrolmentRow[]> {
  let rows = db.selectFrom('enrolment').selectAll().where('state', '!=', 'committed');
  if (before !== undefined) rows = rows.where('expiresAt', '<=', before);
  return rows.execute();
}
