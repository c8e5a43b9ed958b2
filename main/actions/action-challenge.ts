import { toBase64url } from '../../shared/domain/index.ts';
import { sha256 } from '../platform/index.ts';
import { canonicalJson } from './canonical.ts';

/** All that the challenge of an action is bound to. */
export type ActionBinding = {
  workspaceId: string;
  actionId: string;
  /** 32 random bytes */
  nonce: Uint8Array;
  /** UTC ms */
  expiresAt: number;
  /** SHA-256 of the canonical request, 32 bytes */
  requestHash: Uint8Array;
};

/** Keeps these hashes apart from every other use of SHA-256 with the same credentials. */
const DOMAIN = 'keywright/action/v1\n';

/**
 * The challenge of an action: SHA-256 over a domain-separation tag and the canonical JSON of the binding.
 * Whoever knows the audit entry can compute it again, and so see what a signature stands for.
 * @returns 32 bytes
 */
export function actionChallenge(binding: ActionBinding): Uint8Array<ArrayBuffer> {
  return sha256(
    DOMAIN,
    canonicalJson({
      actionId: binding.actionId,
      expiresAt: binding.expiresAt,
      nonce: toBase64url(binding.nonce),
      requestHash: toBase64url(binding.requestHash),
      workspaceId: binding.workspaceId,
    }),
  );
}
