import type { Signer, UserVerificationPolicy } from '../../shared/domain/index.ts';
import { type CredentialRow, isUsable, listSigners } from '../store/index.ts';
import type { Services } from './services.ts';

/** More than anyone has; a bound all the same, because the list is sent whole. */
const SHOWN = 200;

/** What holds credentials on this machine now. */
type Holders = { hasSoftwareKey(ref: string): boolean; hasSecurityKeys: boolean };

/** Why this credential cannot sign on this machine now, or null when it can: a security key can be plugged in. */
export async function whyUnavailable(
  services: Services,
  row: CredentialRow,
  policy: UserVerificationPolicy,
): Promise<Signer['unavailable']> {
  const { kind, authenticatorRef: ref } = row;
  const present = kind === 'software' && ref !== null && (await services.softwareKeys.has(ref));
  const hasSecurityKeys = kind === 'securityKey' && (await services.securityKeys.unavailable()) === null;
  return reason(row, policy, { hasSoftwareKey: () => present, hasSecurityKeys });
}

function reason(row: CredentialRow, policy: UserVerificationPolicy, holders: Holders): Signer['unavailable'] {
  if (row.state !== 'active') return 'inactive';
  if (!isUsable(row, policy)) return 'noUserVerification';
  if (row.kind === 'software' && row.authenticatorRef !== null) {
    return holders.hasSoftwareKey(row.authenticatorRef) ? null : 'missing';
  }
  return row.kind === 'securityKey' && holders.hasSecurityKeys ? null : 'notSupported';
}

/** The credentials a person may be asked to sign with, the most recently used first. */
export async function signersOf(
  services: Services,
  personId: string,
  policy: UserVerificationPolicy,
): Promise<Signer[]> {
  const rows = await listSigners(services.store.db, personId, SHOWN);
  const present = new Set(await services.softwareKeys.list());
  const asked = rows.some(({ kind }) => kind === 'securityKey');
  const hasSecurityKeys = asked && (await services.securityKeys.unavailable()) === null;
  const holders = { hasSoftwareKey: (ref: string) => present.has(ref), hasSecurityKeys };
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    model: row.model,
    state: row.state,
    lastUsedAt: row.lastUsedAt,
    unavailable: reason(row, policy, holders),
  }));
}
