import type { ChallengeRow, Db } from './tables.ts';

export async function insertChallenge(db: Db, row: ChallengeRow): Promise<void> {
  await db.insertInto('challenge').values(row).execute();
}

export async function findChallenge(db: Db, id: string): Promise<ChallengeRow | undefined> {
  return db.selectFrom('challenge').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Consumes a challenge, once. Call it in the transaction that records the result.
 * @param outcome `ok` or an error code
 * @returns false when it had been consumed before
 */
export async function consumeChallenge(db: Db, id: string, at: number, outcome: string): Promise<boolean> {
  const result = await db
    .updateTable('challenge')
    .set({ consumedAt: at, outcome })
    .where('id', '=', id)
    .where('consumedAt', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * Deletes challenges that ended before `before` (UTC ms), with the actions that were never carried out. What was
 * carried out stays: the audit log names it.
 */
export async function sweepChallenges(db: Db, before: number): Promise<void> {
  await db
    .deleteFrom('action')
    .where('expiresAt', '<', before)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('challenge')
          .select('challenge.id')
          .whereRef('challenge.id', '=', 'action.challengeId')
          .where('challenge.outcome', 'is distinct from', 'ok'),
      ),
    )
    .execute();
  await db
    .deleteFrom('challenge')
    .where('expiresAt', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('action').select('action.id').whereRef('action.challengeId', '=', 'challenge.id'),
        ),
      ),
    )
    .execute();
}
