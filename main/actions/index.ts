export { actionChallenge } from './action-challenge.ts';
export { checkAssertion, consumeAssertion, recordRefusal, type SignedBy } from './assertions.ts';
export { appendAudit, auditSignature, entryHolds } from './audit.ts';
export { canonicalJson, canonicalRequest } from './canonical.ts';
export { CHALLENGE_LIFETIME, type ChallengeHolder, issueChallenge, loadChallenge } from './challenges.ts';
export {
  type ActionHandler,
  type ActionHandlers,
  type Applied,
  createSignedActions,
  type SignedActions,
} from './signed-actions.ts';
