import type { ActionRequest } from '../../../shared/contract/index.ts';
import type { Credential } from '../../../shared/domain/index.ts';

/** A change to a credential that the person has asked for and that must be signed. */
export type Change =
  | { what: 'state'; credential: Credential; state: 'active' | 'inactive' }
  | { what: 'rename'; credential: Credential };

/** The request to sign for switching a credential on or off. */
export function stateRequest(id: string, state: 'active' | 'inactive'): ActionRequest {
  return {
    operation: 'credentials.setState',
    method: 'PUT',
    resource: `/credentials/${id}/state`,
    body: { state },
  };
}

/** The request to sign for a new name; `name` as checked by `checkName`. */
export function renameRequest(id: string, name: string): ActionRequest {
  return {
    operation: 'credentials.rename',
    method: 'PUT',
    resource: `/credentials/${id}/name`,
    body: { name },
  };
}
