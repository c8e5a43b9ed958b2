import type { ActionRequest } from '../../shared/contract/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import type { ActionHandler } from '../actions/index.ts';
import { setUserVerification } from '../store/index.ts';
import { requireWorkspace } from './relying-party.ts';

type Request = Extract<ActionRequest, { operation: 'workspace.setUserVerification' }>;

/**
 * Says whether authenticators must verify who uses them. Whoever requires it proves with the very signature that they
 * can still sign afterwards.
 */
export const changeUserVerification: ActionHandler<Request> = async (db, request, who) => {
  const workspace = await requireWorkspace(db);
  const { userVerification } = request.body;
  if (workspace.userVerification === userVerification) throw new KeywrightError('input.no_change');
  if (userVerification === 'required' && who.signedBy?.verified.userVerified === false) {
    throw new KeywrightError('auth.cannot_verify_user');
  }
  return {
    apply: async () => {
      await setUserVerification(db, userVerification);
      return {
        subjectId: workspace.id,
        facts: { from: workspace.userVerification, to: userVerification },
      };
    },
  };
};
