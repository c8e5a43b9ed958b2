import {
  type AuthenticationResponse,
  fromBase64url,
  toBase64url,
  type UserVerificationPolicy,
} from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import {
  type ChallengeRow,
  type CredentialRow,
  consumeChallenge,
  type Db,
  findByCredentialId,
  findPerson,
  findWorkspace,
  recordUse,
  type Store,
} from '../store/index.ts';
import { type VerifiedAssertion, verifyAssertion } from '../webauthn/index.ts';
import { appendAudit, auditSignature } from './audit.ts';

/** An assertion that holds, and the credential that made it. */
export type SignedBy = { signer: CredentialRow; verified: VerifiedAssertion };

/**
 * Verifies an assertion against its challenge: the credential is known, active and the challenge's person's;
 * then all checks of WebAuthn Level 3 §7.2. Writes nothing.
 * @throws KeywrightError `auth.*`, the first check that failed
 */
export async function checkAssertion(
  db: Db,
  challenge: ChallengeRow,
  assertion: AuthenticationResponse,
  userVerification: UserVerificationPolicy,
): Promise<SignedBy> {
  const signer = await findByCredentialId(db, fromBase64url(assertion.id));
  const person = await findPerson(db, challenge.personId);
  if (signer === undefined || person === undefined) throw new KeywrightError('auth.credential_unknown');
  if (signer.personId !== person.id) throw new KeywrightError('auth.user_handle_mismatch');
  if (signer.state !== 'active') throw new KeywrightError('auth.credential_inactive');
  const verified = await verifyAssertion(assertion, {
    challenge: toBase64url(challenge.challenge),
    origin: challenge.origin,
    rpId: challenge.rpId,
    userVerification,
    credential: {
      credentialId: signer.credentialId,
      publicKey: signer.publicKey,
      signCount: signer.signCount,
      backupEligible: signer.backupEligible === 1,
      userHandle: person.userHandle,
    },
  });
  return { signer, verified };
}

/**
 * In the transaction that records the result: consumes the challenge and records the use of the credential.
 * @throws KeywrightError `auth.challenge_used` when another answer was faster, `auth.credential_inactive`
 *   when the credential changed since it was verified, `auth.user_verification_missing` when the workspace began to
 *   require it since
 */
export async function consumeAssertion(
  db: Db,
  challenge: ChallengeRow,
  by: SignedBy,
  at: number,
  use: 'signIn' | 'action',
): Promise<void> {
  const workspace = await findWorkspace(db);
  if (workspace?.userVerification === 'required' && !by.verified.userVerified) {
    throw new KeywrightError('auth.user_verification_missing');
  }
  if (!(await consumeChallenge(db, challenge.id, at, 'ok'))) throw new KeywrightError('auth.challenge_used');
  const recorded = await recordUse(db, by.signer.id, {
    verifiedAgainst: by.signer.signCount,
    signCount: by.verified.signCount,
    backedUp: by.verified.backedUp,
    at,
    use,
  });
  if (!recorded) throw new KeywrightError('auth.credential_inactive');
}

/**
 * Records that an answer was refused: its challenge is used up, and a counter that went back is written
 * into the audit log, because it may mean that an authenticator was copied.
 */
export async function recordRefusal(
  store: Store,
  refusal: {
    challenge: ChallengeRow;
    assertion: AuthenticationResponse;
    error: KeywrightError;
    workspaceId: string;
    at: number;
  },
): Promise<void> {
  const { challenge, assertion, error } = refusal;
  await store.transact(async (db) => {
    await consumeChallenge(db, challenge.id, refusal.at, error.code);
    if (error.code !== 'auth.counter_regressed') return;
    const signer = await findByCredentialId(db, fromBase64url(assertion.id));
    if (signer === undefined) return;
    await appendAudit(db, {
      kind: 'counterRegressed',
      at: refusal.at,
      workspaceId: refusal.workspaceId,
      personId: challenge.personId,
      subjectId: signer.id,
      facts: { challenge: toBase64url(challenge.challenge), purpose: challenge.purpose, ...error.details },
      signature: auditSignature(signer, assertion),
    });
  });
}
