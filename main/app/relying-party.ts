import { z } from 'zod';
import type { UserVerificationPolicy, Workspace } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { type Db, findWorkspace, type WorkspaceRow } from '../store/index.ts';
import type { Caller } from './caller.ts';

/** The relying party that a new workspace gets. `http://localhost` stands for any port of it. */
export const DEFAULT_RP_ID = 'localhost';
export const DEFAULT_ORIGINS: readonly string[] = ['https://localhost', 'http://localhost'];

/** What a new workspace asks of authenticators. */
export const DEFAULT_USER_VERIFICATION: UserVerificationPolicy = 'required';

/** The workspace. @throws KeywrightError `input.wrong_step` before it was made */
export async function requireWorkspace(db: Db): Promise<WorkspaceRow> {
  const workspace = await findWorkspace(db);
  if (workspace === undefined) throw new KeywrightError('input.wrong_step');
  return workspace;
}

/** A workspace as the contract shows it. */
export function toWorkspace(row: WorkspaceRow): Workspace {
  const { id, name, rpId, userVerification, createdAt } = row;
  const origins = z.array(z.string()).parse(JSON.parse(row.origins));
  return { id, name, rpId, origins, userVerification, createdAt };
}

/**
 * The origin that a ceremony of this caller is done for: its page's, if the workspace knows it; a terminal
 * has no page and uses the workspace's first.
 * @throws KeywrightError `auth.origin_mismatch`
 */
export function ceremonyOrigin(caller: Caller, origins: readonly string[] = DEFAULT_ORIGINS): string {
  const [first] = origins;
  if (first === undefined) throw new KeywrightError('auth.origin_mismatch');
  if (caller.origin === null) return first;
  const page = new URL(caller.origin);
  const known = origins.some((text) => {
    const origin = new URL(text);
    const loopback = origin.protocol === 'http:' && origin.hostname === 'localhost';
    return loopback
      ? page.protocol === 'http:' && page.hostname === 'localhost'
      : page.origin === origin.origin;
  });
  if (!known) throw new KeywrightError('auth.origin_mismatch');
  return page.origin;
}
