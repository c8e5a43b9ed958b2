import { z } from 'zod';
import { Base64url } from '../../shared/domain/index.ts';
import type { Db, EnrolmentRow } from './tables.ts';

/** What was verified when the authenticator made the passkey. Binary as base64url. */
export const Registration = z.object({
  credentialId: Base64url,
  publicKey: Base64url,
  algorithm: z.int(),
  aaguid: z.uuid(),
  model: z.string(),
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

export async function updateEnrolment(db: Db, id: string, change: Partial<EnrolmentRow>): Promise<void> {
  await db.updateTable('enrolment').set(change).where('id', '=', id).execute();
}

export async function deleteEnrolment(db: Db, id: string): Promise<void> {
  await db.deleteFrom('enrolment').where('id', '=', id).execute();
}

/** Enrolments that were never committed; only those that expired before `before` (UTC ms) where it is given. */
export async function listUnfinished(db: Db, before?: number): Promise<EnrolmentRow[]> {
  let rows = db.selectFrom('enrolment').selectAll().where('state', '!=', 'committed');
  if (before !== undefined) rows = rows.where('expiresAt', '<', before);
  return rows.execute();
}
