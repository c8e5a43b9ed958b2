import { type Expression, type SqlBool, sql } from 'kysely';
import type {
  Credential,
  CredentialState,
  CredentialUse,
  UserVerificationPolicy,
} from '../../shared/domain/index.ts';
import type { CredentialRow, Db } from './tables.ts';

export type CredentialQuery = {
  query: string;
  state: 'all' | 'active' | 'inactive';
  sort: 'name' | 'kind' | 'createdAt' | 'lastUsedAt' | 'state';
  direction: 'ascending' | 'descending';
  offset: number;
  limit: number;
};

const SORT_COLUMNS = {
  name: 'nameKey',
  kind: 'kind',
  createdAt: 'createdAt',
  lastUsedAt: 'lastUsedAt',
  state: 'state',
} as const;

/** One page of a person's credentials. Retired ones are not listed. */
export async function listCredentials(
  db: Db,
  personId: string,
  query: CredentialQuery,
): Promise<CredentialRow[]> {
  const direction = query.direction === 'ascending' ? 'asc' : 'desc';
  return matching(db, personId, query)
    .selectAll()
    .orderBy(SORT_COLUMNS[query.sort], direction)
    .orderBy('id', direction)
    .limit(query.limit)
    .offset(query.offset)
    .execute();
}

/** True where the credential can sign under this policy of its workspace. */
export function isUsable(
  row: Pick<CredentialRow, 'canVerifyUser' | 'state'>,
  policy: UserVerificationPolicy,
): boolean {
  return row.state === 'active' && (policy !== 'required' || row.canVerifyUser === 1);
}

/** How many credentials fit the query; how many there are in all; how many of them are active. */
export async function countCredentials(
  db: Db,
  personId: string,
  query: CredentialQuery,
): Promise<{ total: number; all: number; active: number }> {
  const counts = await db
    .selectFrom('credential')
    .select((eb) => [
      eb.fn.countAll<number>().as('all'),
      eb.fn.countAll<number>().filterWhere('state', '=', 'active').as('active'),
    ])
    .where('personId', '=', personId)
    .where('state', '!=', 'retired')
    .executeTakeFirstOrThrow();
  if (query.query === '' && query.state === 'all') return { ...counts, total: counts.all };
  const fitting = await matching(db, personId, query)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { ...counts, ...fitting };
}

function matching(db: Db, personId: string, query: CredentialQuery) {
  let rows = db.selectFrom('credential').where('personId', '=', personId);
  rows = query.state === 'all' ? rows.where('state', '!=', 'retired') : rows.where('state', '=', query.state);
  const text = query.query.trim();
  if (text === '') return rows;
  const pattern = `%${text.replaceAll(/[\\%_]/g, (found) => `\\${found}`)}%`;
  const hex = `%${text.replaceAll(/[\s:]/g, '').toLowerCase()}%`;
  const like = (column: Expression<string>, value: string): Expression<SqlBool> =>
    sql<SqlBool>`${column} LIKE ${value} ESCAPE '\\'`;
  return rows.where((eb) =>
    eb.or([
      like(eb.ref('name'), pattern),
      like(eb.ref('nameKey'), pattern.toLowerCase()),
      like(eb.ref('model'), pattern),
      ...(/^%[0-9a-f]{4,}%$/.test(hex) ? [like(eb.ref('fingerprint'), hex)] : []),
    ]),
  );
}

/** How many credentials of a person can sign under this policy: none, one, or 2 for all numbers above. */
export async function countUsable(db: Db, personId: string, policy: UserVerificationPolicy): Promise<number> {
  let rows = db
    .selectFrom('credential')
    .select('id')
    .where('personId', '=', personId)
    .where('state', '=', 'active')
    .limit(2);
  if (policy === 'required') rows = rows.where('canVerifyUser', '=', 1);
  return (await rows.execute()).length;
}

/** Credentials that a person could be asked to sign with: active first, then the most recently used. */
export async function listSigners(db: Db, personId: string, limit: number): Promise<CredentialRow[]> {
  return db
    .selectFrom('credential')
    .selectAll()
    .where('personId', '=', personId)
    .where('state', '!=', 'retired')
    .orderBy('state', 'asc')
    .orderBy(sql`coalesce(last_used_at, created_at)`, 'desc')
    .limit(limit)
    .execute();
}

/** The credential with this id of ours. */
export async function findCredential(db: Db, id: string): Promise<CredentialRow | undefined> {
  return db.selectFrom('credential').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The credential with this WebAuthn credential id. */
export async function findByCredentialId(
  db: Db,
  credentialId: Uint8Array,
): Promise<CredentialRow | undefined> {
  return db.selectFrom('credential').selectAll().where('credentialId', '=', credentialId).executeTakeFirst();
}

/** The WebAuthn ids of all of a person's credentials that are not retired, for an `excludeList`. */
export async function listCredentialIds(
  db: Db,
  personId: string,
): Promise<{ credentialId: Uint8Array; transports: string }[]> {
  return db
    .selectFrom('credential')
    .select(['credentialId', 'transports'])
    .where('personId', '=', personId)
    .where('state', '!=', 'retired')
    .execute();
}

/** True when the person has a credential whose name compares equal; `except` is not counted. */
export async function isNameTaken(
  db: Db,
  personId: string,
  nameKey: string,
  except?: string,
): Promise<boolean> {
  let rows = db
    .selectFrom('credential')
    .select('id')
    .where('personId', '=', personId)
    .where('nameKey', '=', nameKey);
  if (except !== undefined) rows = rows.where('id', '!=', except);
  return (await rows.executeTakeFirst()) !== undefined;
}

export async function insertCredential(db: Db, row: CredentialRow): Promise<void> {
  await db.insertInto('credential').values(row).execute();
}

export async function setCredentialState(db: Db, id: string, state: CredentialState): Promise<void> {
  await db.updateTable('credential').set({ state }).where('id', '=', id).execute();
}

export async function renameCredential(db: Db, id: string, name: string, nameKey: string): Promise<void> {
  await db.updateTable('credential').set({ name, nameKey }).where('id', '=', id).execute();
}

/**
 * Records a use: new counter and BS flag. Compares first: the credential must still be active and its
 * counter the one that the assertion was verified against.
 * @returns false when it is not, and nothing was changed
 */
export async function recordUse(
  db: Db,
  id: string,
  use: { verifiedAgainst: number; signCount: number; backedUp: boolean; at: number; use: CredentialUse },
): Promise<boolean> {
  const result = await db
    .updateTable('credential')
    .set({
      signCount: use.signCount,
      backedUp: use.backedUp ? 1 : 0,
      lastUsedAt: use.at,
      lastUsedFor: use.use,
    })
    .where('id', '=', id)
    .where('state', '=', 'active')
    .where('signCount', '=', use.verifiedAgainst)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/**
 * A row as the contract shows it.
 * @param person how many of the person's credentials can sign (see {@link countUsable}), and under which policy
 */
export function toCredential(
  row: CredentialRow,
  person: { usable: number; policy: UserVerificationPolicy },
): Credential {
  return {
    id: row.id,
    personId: row.personId,
    name: row.name,
    kind: row.kind,
    state: row.state,
    model: row.model,
    aaguid: row.aaguid,
    canVerifyUser: row.canVerifyUser === 1,
    backupEligible: row.backupEligible === 1,
    backedUp: row.backedUp === 1,
    fingerprint: row.fingerprint,
    createdAt: row.createdAt,
    lastUsedAt: row.lastUsedAt,
    lastUsedFor: row.lastUsedFor,
    lastActive: isUsable(row, person.policy) && person.usable === 1,
  };
}
