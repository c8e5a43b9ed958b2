import { type AuthenticationResponse, toBase64url } from '../../shared/domain/index.ts';
import { sha256 } from '../platform/index.ts';
import { type AuditKind, type CredentialRow, type Db, findLastAudit, insertAudit } from '../store/index.ts';
import { canonicalJson } from './canonical.ts';

const GENESIS = new Uint8Array(32);

/** The signature of an audit entry, with the key that checks it: enough for a verifier without our store. */
export type AuditSignature = {
  signerId: string;
  credentialId: string;
  publicKey: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
};

/** What an audit entry says, before it has its place in the chain. */
export type AuditFacts = {
  kind: AuditKind;
  /** UTC ms */
  at: number;
  workspaceId: string;
  personId: string;
  /** What it is about, e.g. the id of a credential. */
  subjectId: string | null;
  /** Facts of this kind of entry; JSON, binary as base64url. */
  facts: Readonly<Record<string, unknown>>;
  signature: AuditSignature | null;
};

/** The assertion as an audit entry keeps it. */
export function auditSignature(signer: CredentialRow, assertion: AuthenticationResponse): AuditSignature {
  return {
    signerId: signer.id,
    credentialId: toBase64url(signer.credentialId),
    publicKey: toBase64url(signer.publicKey),
    authenticatorData: assertion.response.authenticatorData,
    clientDataJSON: assertion.response.clientDataJSON,
    signature: assertion.response.signature,
  };
}

/**
 * Appends to the audit chain. Call it in the transaction that makes the change. Each entry holds the
 * previous one's hash; its own is SHA-256 over its canonical JSON (RFC 8785).
 */
export async function appendAudit(db: Db, facts: AuditFacts): Promise<void> {
  const last = await findLastAudit(db);
  const sequence = (last?.sequence ?? 0) + 1;
  const previousHash = last?.hash ?? GENESIS;
  const entry = canonicalJson({ version: 1, sequence, previousHash: toBase64url(previousHash), ...facts });
  await insertAudit(db, {
    sequence,
    kind: facts.kind,
    at: facts.at,
    personId: facts.personId,
    signerId: facts.signature?.signerId ?? null,
    subjectId: facts.subjectId,
    entry,
    previousHash,
    hash: sha256(entry),
  });
}

/** True when this entry is unchanged and follows `previousHash`. */
export function entryHolds(
  row: { entry: string; hash: Uint8Array; previousHash: Uint8Array },
  previousHash: Uint8Array,
): boolean {
  return (
    Buffer.compare(row.previousHash, previousHash) === 0 && Buffer.compare(row.hash, sha256(row.entry)) === 0
  );
}
