import type { ActionRequest } from '../../shared/contract/index.ts';
import { type AuthenticationResponse, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { type Clock, newId, random, sameBytes } from '../platform/index.ts';
import {
  type ActionRow,
  type ChallengeRow,
  type Db,
  findAction,
  insertAction,
  type Store,
  type WorkspaceRow,
} from '../store/index.ts';
import { actionChallenge } from './action-challenge.ts';
import { checkAssertion, consumeAssertion, recordRefusal, type SignedBy } from './assertions.ts';
import { appendAudit, auditSignature } from './audit.ts';
import { canonicalRequest } from './canonical.ts';
import { CHALLENGE_LIFETIME, type ChallengeHolder, issueChallenge, loadChallenge } from './challenges.ts';

/** What an applied action changed, for the audit entry and the caller. */
export type Applied = { subjectId: string; facts: Readonly<Record<string, unknown>> };

/** How one operation is checked and carried out. The same check runs before the challenge and in the commit. */
export type ActionHandler<R extends ActionRequest> = (
  db: Db,
  request: R,
  who: { personId: string; clientId: string; at: number; signedBy: SignedBy | null },
) => Promise<{ apply: () => Promise<Applied> }>;

export type ActionHandlers = {
  [O in ActionRequest['operation']]: ActionHandler<Extract<ActionRequest, { operation: O }>>;
};

export type BegunAction = { action: ActionRow; challenge: ChallengeRow };

/**
 * The one idea of the house: a request becomes a challenge, a person signs it, and the change, the request
 * and the assertion that authorised it are stored in one transaction.
 */
export type SignedActions = {
  /**
   * Checks that the request can be carried out and makes the challenge that is bound to it.
   * @throws KeywrightError what the operation's check says
   */
  begin(holder: ChallengeHolder, workspace: WorkspaceRow, request: ActionRequest): Promise<BegunAction>;
  /**
   * Carries the request out if the assertion signs exactly it. All or nothing; the challenge is used up
   * either way.
   * @throws KeywrightError `auth.*` when the signature does not authorise this request
   */
  commit(
    who: { personId: string; clientId: string },
    workspace: WorkspaceRow,
    answer: { actionId: string; request: ActionRequest; assertion: AuthenticationResponse },
  ): Promise<Applied & { signerId: string }>;
};

export function createSignedActions(parts: {
  store: Store;
  clock: Clock;
  handlers: ActionHandlers;
}): SignedActions {
  const { store, clock, handlers } = parts;

  async function begin(
    holder: ChallengeHolder,
    workspace: WorkspaceRow,
    request: ActionRequest,
  ): Promise<BegunAction> {
    const at = clock.now();
    const { text, hash } = canonicalRequest(request);
    return store.transact(async (db) => {
      await prepare(handlers, db, request, { ...holder, at, signedBy: null });
      const binding = {
        workspaceId: workspace.id,
        actionId: newId(),
        nonce: random(32),
        expiresAt: at + CHALLENGE_LIFETIME,
        requestHash: hash,
      };
      const challenge = await issueChallenge(db, 'action', holder, at, actionChallenge(binding));
      const action: ActionRow = {
        id: binding.actionId,
        personId: holder.personId,
        challengeId: challenge.id,
        operation: request.operation,
        request: text,
        requestHash: hash,
        nonce: binding.nonce,
        createdAt: at,
        expiresAt: binding.expiresAt,
      };
      await insertAction(db, action);
      return { action, challenge };
    });
  }

  const commit: SignedActions['commit'] = async (who, workspace, { actionId, request, assertion }) => {
    const at = clock.now();
    const action = await findAction(store.db, actionId);
    if (action === undefined || action.personId !== who.personId) throw new KeywrightError('input.not_found');
    const challenge = await loadChallenge(store.db, action.challengeId, {
      purpose: 'action',
      clientId: who.clientId,
      now: at,
    });
    try {
      if (!isBoundTo(challenge, action, workspace, request)) throw new KeywrightError('auth.action_mismatch');
      if (isOwnCreation(request, assertion)) throw new KeywrightError('auth.self_signing');
      const signedBy = await checkAssertion(store.db, challenge, assertion, workspace.userVerification);
      return await store.transact(async (db) => {
        await consumeAssertion(db, challenge, signedBy, at, 'action');
        const { apply } = await prepare(handlers, db, request, { ...who, at, signedBy });
        const applied = await apply();
        await appendAudit(db, {
          kind: 'action',
          at,
          workspaceId: workspace.id,
          personId: who.personId,
          subjectId: applied.subjectId,
          facts: {
            actionId: action.id,
            nonce: toBase64url(action.nonce),
            expiresAt: action.expiresAt,
            request,
            result: applied.facts,
          },
          signature: auditSignature(signedBy.signer, assertion),
        });
        return { ...applied, signerId: signedBy.signer.id };
      });
    } catch (error) {
      // A store that failed (a full disk, say) refused nothing: the person may send the same answer again.
      if (!(error instanceof KeywrightError)) throw error;
      await recordRefusal(store, { challenge, assertion, error, workspaceId: workspace.id, at });
      throw error;
    }
  };

  return { begin, commit };
}

/** True when the passkey that is to be created signed its own creation. */
function isOwnCreation(request: ActionRequest, assertion: AuthenticationResponse): boolean {
  return request.operation === 'credentials.create' && request.body.credentialId === assertion.id;
}

/** Computes the challenge anew from the request as it came: what is carried out is what was signed. */
function isBoundTo(
  challenge: ChallengeRow,
  action: ActionRow,
  workspace: WorkspaceRow,
  request: ActionRequest,
): boolean {
  const expected = actionChallenge({
    workspaceId: workspace.id,
    actionId: action.id,
    nonce: action.nonce,
    expiresAt: action.expiresAt,
    requestHash: canonicalRequest(request).hash,
  });
  return sameBytes(expected, challenge.challenge);
}

function prepare(
  handlers: ActionHandlers,
  db: Db,
  request: ActionRequest,
  who: Parameters<ActionHandlers['credentials.create']>[2],
): Promise<{ apply: () => Promise<Applied> }> {
  switch (request.operation) {
    case 'credentials.create':
      return handlers['credentials.create'](db, request, who);
    case 'credentials.setState':
      return handlers['credentials.setState'](db, request, who);
    case 'credentials.rename':
      return handlers['credentials.rename'](db, request, who);
    case 'workspace.setUserVerification':
      return handlers['workspace.setUserVerification'](db, request, who);
  }
}
