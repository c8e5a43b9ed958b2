import type { Signer } from '../../shared/domain/index.ts';
import { type CredentialRow, listSigners } from '../store/index.ts';
import type { Services } from './services.ts';

/** More than anyone has; a bound all the same, because the list is sent whole. */
const SHOWN = 200;

/** Why this credential cannot sign on this machine now, or null when it can. */
export async function whyUnavailable(services: Services, row: CredentialRow): Promise<Signer['unavailable']> {
  const ref = row.authenticatorRef;
  return reason(row, ref !== null && row.kind === 'software' && (await services.softwareKeys.has(ref)));
}

function reason(row: CredentialRow, present: boolean): Signer['unavailable'] {
  if (row.state !== 'active') return 'inactive';
  if (row.kind !== 'software' || row.authenticatorRef === null) return 'notSupported';
  return present ? null : 'missing';
}

/** The credentials a person may be asked to sign with, the most recently used first. */
export async function signersOf(services: Services, personId: string): Promise<Signer[]> {
  const rows = await listSigners(services.store.db, personId, SHOWN);
  const present = new Set(await services.softwareKeys.list());
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    model: row.model,
    state: row.state,
    lastUsedAt: row.lastUsedAt,
    unavailable: reason(row, present.has(row.authenticatorRef ?? '')),
  }));
}
