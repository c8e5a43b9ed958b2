import { z } from 'zod';
import type { ParsedInput, ProcedureOutput } from '../../shared/contract/index.ts';
import {
  type CredentialDetails,
  type HistoryEntry,
  toBase64url,
  type UserVerificationPolicy,
} from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import {
  type AuditRow,
  countCredentials,
  countUsable,
  type Db,
  findCredential,
  listAuditOf,
  listCredentials,
  toCredential,
} from '../store/index.ts';
import { requireWorkspace } from './relying-party.ts';
import type { Services } from './services.ts';

const HISTORY_SHOWN = 100;

/** One page of the person's credentials, with the counts that the list shows. */
export async function listOwnCredentials(
  services: Services,
  personId: string,
  query: ParsedInput<'credentials.list'>,
): Promise<ProcedureOutput<'credentials.list'>> {
  const { db } = services.store;
  const person = await signingPower(db, personId);
  const counts = await countCredentials(db, personId, query);
  const rows = await listCredentials(db, personId, query);
  return { ...counts, items: rows.map((row) => toCredential(row, person)) };
}

/** A credential with its details and history. @throws KeywrightError `input.not_found` */
export async function getOwnCredential(
  services: Services,
  personId: string,
  id: string,
): Promise<CredentialDetails> {
  const { db } = services.store;
  const row = await findCredential(db, id);
  if (row === undefined || row.personId !== personId) throw new KeywrightError('input.not_found');
  const history = await listAuditOf(db, id, HISTORY_SHOWN);
  return {
    ...toCredential(row, await signingPower(db, personId)),
    credentialId: toBase64url(row.credentialId),
    algorithm: row.algorithm,
    signCount: row.signCount,
    transports: z.array(z.string()).parse(JSON.parse(row.transports)),
    attestationFormat: row.attestationFormat,
    rpId: row.rpId,
    origin: row.origin,
    history: history.flatMap(toHistory),
  };
}

/** How many of a person's credentials can sign, and under which policy: for {@link toCredential}. */
export async function signingPower(
  db: Db,
  personId: string,
): Promise<{ usable: number; policy: UserVerificationPolicy }> {
  const { userVerification: policy } = await requireWorkspace(db);
  return { policy, usable: await countUsable(db, personId, policy) };
}

const Told = z.object({
  facts: z.object({
    request: z.object({ operation: z.string(), body: z.object({ state: z.string().optional() }) }).optional(),
    result: z.object({ from: z.string().optional(), to: z.string().optional() }).optional(),
  }),
});

function toHistory(row: AuditRow & { signerName: string | null }): HistoryEntry[] {
  const { facts } = Told.parse(JSON.parse(row.entry));
  const what = whatHappened(row.kind, facts.request?.operation, facts.request?.body.state);
  if (what === null) return [];
  const renamed = what === 'renamed' ? facts.result : undefined;
  return [
    {
      sequence: row.sequence,
      at: row.at,
      what,
      signedBy: row.kind === 'counterRegressed' ? null : row.signerName,
      from: renamed?.from ?? null,
      to: renamed?.to ?? null,
    },
  ];
}

function whatHappened(
  kind: AuditRow['kind'],
  operation: string | undefined,
  state: string | undefined,
): HistoryEntry['what'] | null {
  if (kind === 'workspaceCreated' || operation === 'credentials.create') return 'created';
  if (kind === 'counterRegressed') return 'counterRegressed';
  if (operation === 'credentials.rename') return 'renamed';
  if (operation === 'credentials.setState') return state === 'active' ? 'activated' : 'deactivated';
  return null;
}
