import type { Signer } from '../../shared/domain/index.ts';
import { type CredentialRow, listSigners } from '../store/index.ts';
import type { Services } from './services.ts';

const SHOWN = 50;

/** Why this credential cannot sign on this machine now, or null when it can. */
export async function whyUnavailable(services: Services, row: CredentialRow): Promise<Signer['unavailable']> {
  if (row.state !== 'active') return 'inactive';
  if (row.kind !== 'software' || row.authenticatorRef === null) return 'notSupported';
  return (await services.softwareKeys.has(row.authenticatorRef)) ? null : 'missing';
}

/** The credentials a person may be asked to sign with, the most recently used first. */
export async function signersOf(services: Services, personId: string): Promise<Signer[]> {
  const rows = await listSigners(services.store.db, personId, SHOWN);
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      name: row.name,
      kind: row.kind,
      model: row.model,
      state: row.state,
      lastUsedAt: row.lastUsedAt,
      unavailable: await whyUnavailable(services, row),
    })),
  );
}
