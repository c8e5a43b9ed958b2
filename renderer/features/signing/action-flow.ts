import type {
  ActionChallenge,
  ActionRequest,
  KeywrightBridge,
  Reply,
} from '../../../shared/contract/index.ts';
import type { Credential } from '../../../shared/domain/index.ts';
import { localError } from '../../app/bridge.ts';
import { type AssertionFlow, createAssertionFlow } from '../ceremony/assertion-flow.ts';
import { canonicalHash, canonicalJson } from './canonical.ts';

/** It ends with the credential that was changed; null where it was the workspace. */
export type ActionFlow = AssertionFlow<ActionChallenge, Credential | null>;

/**
 * Asks for the challenge of an action and checks in this window that it is about the very request that was
 * asked for: same canonical form, and the hash that will be shown is the hash of it.
 */
async function beginAction(bridge: KeywrightBridge, request: ActionRequest): Promise<Reply<ActionChallenge>> {
  const reply = await bridge.call('actions.begin', { request });
  if (!reply.ok) return reply;
  const same = canonicalJson(reply.value.request) === canonicalJson(request);
  if (same && (await canonicalHash(request)) === reply.value.requestHash) return reply;
  return { ok: false, error: localError('auth.action_mismatch') };
}

/** A signed action from challenge to commit. `request` is read when the flow begins. */
export function createActionFlow(
  bridge: KeywrightBridge,
  request: () => ActionRequest,
  onDone?: (credential: Credential | null) => void,
): ActionFlow {
  return createAssertionFlow<ActionChallenge, Credential | null>({
    bridge,
    begin: () => beginAction(bridge, request()),
    commit: async (challenge, assertion) => {
      const reply = await bridge.call('actions.commit', {
        actionId: challenge.actionId,
        request: challenge.request,
        assertion,
      });
      return reply.ok ? { ok: true, value: reply.value.credential } : reply;
    },
    avoid: ({ request }) =>
      request.operation === 'credentials.setState' ? (request.resource.split('/')[2] ?? null) : null,
    ...(onDone === undefined ? {} : { onDone }),
  });
}
