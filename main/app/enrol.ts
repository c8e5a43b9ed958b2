import type { Enrolment, ParsedInput } from '../../shared/contract/index.ts';
import { nameKey } from '../../shared/domain/names.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { newId, random } from '../platform/index.ts';
import {
  advanceEnrolment,
  deleteEnrolment,
  type EnrolmentRow,
  endEnrolment,
  findEnrolment,
  findPerson,
  findWorkspace,
  insertEnrolment,
  isNameTaken,
  listUnfinished,
  registrationOf,
  sweepChallenges,
} from '../store/index.ts';
import type { Caller } from './caller.ts';
import type { Services } from './services.ts';

/** How long an enrolment may take from its name to its signature, ms. */
export const ENROLMENT_LIFETIME = 30 * 60_000;

/**
 * Begins an enrolment with a place and a name. Nothing of it is in the list of credentials before it is
 * committed.
 * @throws KeywrightError `input.name_taken`, `auth.sign_in_required`, `input.wrong_step`,
 *   `authenticator.not_supported`
 */
export async function beginEnrolment(
  services: Services,
  caller: Caller,
  input: ParsedInput<'enrol.begin'>,
): Promise<Enrolment> {
  const { store, clock, sessions } = services;
  if (input.kind === 'platform') throw new KeywrightError('authenticator.not_supported');
  const now = clock.now();
  const workspace = await findWorkspace(store.db);
  const base = {
    id: newId(),
    state: 'named' as const,
    clientId: caller.clientId,
    kind: input.kind,
    name: input.name,
    authenticatorRef: null,
    registration: null,
    credentialRef: null,
    createdAt: now,
    expiresAt: now + ENROLMENT_LIFETIME,
  };
  let row: EnrolmentRow;
  if (workspace === undefined) {
    if (input.person === undefined || input.workspace === undefined) {
      throw new KeywrightError('input.invalid', {
        details: { field: input.person ? 'workspace' : 'person' },
      });
    }
    row = {
      ...base,
      first: 1,
      workspaceId: newId(),
      workspaceName: input.workspace,
      personId: newId(),
      personName: input.person,
      userHandle: random(32),
    };
  } else {
    const { personId } = sessions.require(caller.clientId);
    const person = await findPerson(store.db, personId);
    if (person === undefined) throw new KeywrightError('input.not_found');
    // A window that still shows the first run after another one has finished it.
    if (input.person !== undefined || input.workspace !== undefined)
      throw new KeywrightError('input.wrong_step');
    await requireFreeName(services, personId, input.name);
    row = {
      ...base,
      first: 0,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      personId,
      personName: person.name,
      userHandle: person.userHandle,
    };
  }
  await insertEnrolment(store.db, row);
  return toEnrolment(row);
}

/** Changes the name while the passkey is not yet made, or is the first and so is not signed. */
export async function renameEnrolment(
  services: Services,
  caller: Caller,
  { enrolmentId, name }: ParsedInput<'enrol.rename'>,
): Promise<Enrolment> {
  const row = await requireEnrolment(services, caller, enrolmentId);
  if (row.state === 'committed') throw new KeywrightError('input.wrong_step');
  if (row.first === 0) await requireFreeName(services, row.personId, name);
  const expected = { from: row.state, now: services.clock.now() };
  if (!(await advanceEnrolment(services.store.db, row.id, expected, { name }))) {
    throw new KeywrightError('input.wrong_step');
  }
  return toEnrolment({ ...row, name });
}

/** An enrolment of this window. @throws KeywrightError `input.not_found` when it expired or is not its own */
export async function getEnrolment(services: Services, caller: Caller, id: string): Promise<Enrolment> {
  return toEnrolment(await requireEnrolment(services, caller, id));
}

/** Forgets an enrolment that was not committed, with the software key made for it. */
export async function cancelEnrolment(services: Services, caller: Caller, id: string): Promise<void> {
  const row = await findEnrolment(services.store.db, id);
  if (row === undefined || row.clientId !== caller.clientId || row.state === 'committed') return;
  // A key that is still busy would write its file again after it was deleted.
  await services.operations.endAllOf(caller.clientId);
  await discard(services, id);
}

/** Enrolments that were never finished leave nothing behind: not in the list and not on disk. */
export async function sweepEnrolments(services: Services, before?: number): Promise<void> {
  for (const row of await listUnfinished(services.store.db, before)) await discard(services, row.id);
  const longAgo = services.clock.now() - ENROLMENT_LIFETIME;
  await services.store.transact((db) => sweepChallenges(db, longAgo));
}

/** In this order, so that a commit at the same moment either comes first or finds nothing to commit. */
async function discard(services: Services, id: string): Promise<void> {
  const row = await endEnrolment(services.store.db, id);
  if (row === undefined) return;
  if (row.authenticatorRef !== null) await services.softwareKeys.remove(row.authenticatorRef);
  await deleteEnrolment(services.store.db, id);
}

/**
 * Loads an enrolment of this window's person.
 * @throws KeywrightError `input.not_found`, `auth.sign_in_required`, `input.wrong_step` for a first run that
 *   another window has finished
 */
export async function requireEnrolment(
  services: Services,
  caller: Caller,
  id: string,
): Promise<EnrolmentRow> {
  const row = await findEnrolment(services.store.db, id);
  if (row === undefined || row.clientId !== caller.clientId) throw new KeywrightError('input.not_found');
  if (row.first === 0 && services.sessions.require(caller.clientId).personId !== row.personId) {
    throw new KeywrightError('input.not_found');
  }
  if (row.state === 'committed') return row;
  if (services.clock.now() >= row.expiresAt) {
    await discard(services, row.id);
    throw new KeywrightError('input.not_found');
  }
  // Another window has finished the first run in the meantime.
  if (row.first === 1 && (await findWorkspace(services.store.db)) !== undefined) {
    throw new KeywrightError('input.wrong_step');
  }
  return row;
}

/** @throws KeywrightError `input.name_taken` */
export async function requireFreeName(
  services: Services,
  personId: string,
  name: string,
  except?: string,
): Promise<void> {
  if (await isNameTaken(services.store.db, personId, nameKey(name), except)) {
    throw new KeywrightError('input.name_taken', { details: { field: 'name' } });
  }
}

/** An enrolment as the contract shows it, with the exact request to sign once there is one. */
export function toEnrolment(row: EnrolmentRow): Enrolment {
  const made = registrationOf(row);
  return {
    id: row.id,
    state: row.state,
    kind: row.kind,
    name: row.name,
    first: row.first === 1,
    personName: row.personName,
    workspaceName: row.workspaceName,
    made,
    request:
      made === null || row.first === 1
        ? null
        : {
            operation: 'credentials.create',
            method: 'POST',
            resource: '/credentials',
            body: {
              enrolmentId: row.id,
              personId: row.personId,
              name: row.name,
              kind: row.kind,
              credentialId: made.credentialId,
              publicKey: made.publicKey,
              algorithm: made.algorithm,
              aaguid: made.aaguid,
            },
          },
    credentialId: row.credentialRef,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
  };
}
