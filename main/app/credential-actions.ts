import type { ActionRequest } from '../../shared/contract/index.ts';
import { nameKey } from '../../shared/domain/names.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import type { ActionHandler } from '../actions/index.ts';
import {
  type CredentialRow,
  countUsable,
  type Db,
  findCredential,
  isNameTaken,
  isUsable,
  renameCredential,
  setCredentialState,
} from '../store/index.ts';
import { requireWorkspace } from './relying-party.ts';

type Request<O extends ActionRequest['operation']> = Extract<ActionRequest, { operation: O }>;

/** The id in `/credentials/{id}/…`. */
export function targetId(request: Request<'credentials.setState' | 'credentials.rename'>): string {
  return request.resource.split('/')[2] ?? '';
}

async function requireOwn(
  db: Db,
  request: Request<'credentials.setState' | 'credentials.rename'>,
  personId: string,
): Promise<CredentialRow> {
  const row = await findCredential(db, targetId(request));
  if (row === undefined || row.personId !== personId || row.state === 'retired') {
    throw new KeywrightError('input.not_found');
  }
  return row;
}

/** Switches a credential on or off. The last active one cannot be switched off. */
export const setState: ActionHandler<Request<'credentials.setState'>> = async (db, request, who) => {
  const row = await requireOwn(db, request, who.personId);
  const { state } = request.body;
  if (row.state === state) throw new KeywrightError('input.no_change');
  const { userVerification: policy } = await requireWorkspace(db);
  const isLast = isUsable(row, policy) && (await countUsable(db, who.personId, policy)) <= 1;
  if (state === 'inactive' && isLast) throw new KeywrightError('auth.last_credential');
  return {
    apply: async () => {
      await setCredentialState(db, row.id, state);
      return { subjectId: row.id, facts: { from: row.state, to: state } };
    },
  };
};

/** Gives a credential another name. */
export const rename: ActionHandler<Request<'credentials.rename'>> = async (db, request, who) => {
  const row = await requireOwn(db, request, who.personId);
  const { name } = request.body;
  if (row.name === name) throw new KeywrightError('input.no_change');
  if (await isNameTaken(db, who.personId, nameKey(name), row.id)) {
    throw new KeywrightError('input.name_taken', { details: { field: 'name' } });
  }
  return {
    apply: async () => {
      await renameCredential(db, row.id, name, nameKey(name));
      return { subjectId: row.id, facts: { from: row.name, to: name } };
    },
  };
};
