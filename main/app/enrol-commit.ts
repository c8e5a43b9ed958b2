import type { ActionRequest, ProcedureOutput } from '../../shared/contract/index.ts';
import { fromBase64url } from '../../shared/domain/index.ts';
import { nameKey } from '../../shared/domain/names.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { type ActionHandler, appendAudit, canonicalJson } from '../actions/index.ts';
import { newId } from '../platform/index.ts';
import {
  advanceEnrolment,
  type CredentialRow,
  type Db,
  type EnrolmentRow,
  findByCredentialId,
  findEnrolment,
  findWorkspace,
  insertCredential,
  insertPerson,
  insertWorkspace,
  isDuplicate,
  isNameTaken,
  type Registration,
  registrationOf,
  toCredential,
} from '../store/index.ts';
import type { Caller } from './caller.ts';
import { requireEnrolment, toEnrolment } from './enrol.ts';
import { DEFAULT_ORIGINS, DEFAULT_RP_ID, DEFAULT_USER_VERIFICATION } from './relying-party.ts';
import type { Services } from './services.ts';
import { sessionFor } from './sign-in.ts';

type CreateRequest = Extract<ActionRequest, { operation: 'credentials.create' }>;

/**
 * The first credential of a new workspace: the only creation that nothing can sign. Workspace, person,
 * credential and the first audit entry are stored in one transaction, and the person is signed in.
 * @throws KeywrightError `input.wrong_step` when a workspace exists or the passkey is not made yet
 */
export async function commitFirst(
  services: Services,
  caller: Caller,
  enrolmentId: string,
): Promise<ProcedureOutput<'enrol.commitFirst'>> {
  const { store, clock, sessions } = services;
  await requireEnrolment(services, caller, enrolmentId);
  const at = clock.now();
  const { person, credential } = await store.transact(async (db) => {
    // Read again in the transaction: it may have been renamed, cancelled or committed since.
    const row = await findEnrolment(db, enrolmentId);
    const made = row === undefined ? null : registrationOf(row);
    const taken = (await findWorkspace(db)) !== undefined;
    if (row?.first !== 1 || row.state !== 'registered' || made === null || taken) {
      throw new KeywrightError('input.wrong_step');
    }
    const person = { id: row.personId, name: row.personName, userHandle: row.userHandle, createdAt: at };
    await insertWorkspace(db, {
      id: row.workspaceId,
      single: 1,
      name: row.workspaceName,
      rpId: DEFAULT_RP_ID,
      origins: JSON.stringify(DEFAULT_ORIGINS),
      userVerification: DEFAULT_USER_VERIFICATION,
      createdAt: at,
    });
    await insertPerson(db, person);
    const stored = await storeCredential(db, row, made, at);
    await appendAudit(db, {
      kind: 'workspaceCreated',
      at,
      workspaceId: row.workspaceId,
      personId: person.id,
      subjectId: stored.id,
      facts: {
        workspace: { name: row.workspaceName, rpId: DEFAULT_RP_ID, origins: DEFAULT_ORIGINS },
        person: { name: person.name },
        credential: { name: row.name, kind: row.kind, ...made },
      },
      signature: null,
    });
    return { person, credential: stored };
  });
  const session = sessionFor(person, credential, at);
  sessions.start(caller.clientId, session);
  services.emit({ event: 'credentials.changed', payload: {}, clientId: null });
  return { credential: toCredential(credential, { usable: 1, policy: DEFAULT_USER_VERIFICATION }), session };
}

/** The signed action that stores a credential which was registered in an enrolment. */
export const createCredential: ActionHandler<CreateRequest> = async (db, request, who) => {
  const row = await findEnrolment(db, request.body.enrolmentId);
  const mine = row?.personId === who.personId && row.clientId === who.clientId;
  if (row === undefined || !mine || row.first === 1) throw new KeywrightError('input.not_found');
  if (who.at >= row.expiresAt) throw new KeywrightError('input.not_found');
  const made = registrationOf(row);
  if (row.state !== 'registered' || made === null) throw new KeywrightError('input.wrong_step');
  // What is signed is what was registered, field for field.
  if (canonicalJson(toEnrolment(row).request) !== canonicalJson(request)) {
    throw new KeywrightError('auth.action_mismatch');
  }
  const credentialId = fromBase64url(made.credentialId);
  if ((await findByCredentialId(db, credentialId)) !== undefined)
    throw new KeywrightError('auth.credential_known');
  if (await isNameTaken(db, who.personId, nameKey(row.name))) {
    throw new KeywrightError('input.name_taken', { details: { field: 'name' } });
  }
  return {
    apply: async () => {
      const stored = await storeCredential(db, row, made, who.at);
      return { subjectId: stored.id, facts: { credential: { id: stored.id, ...made } } };
    },
  };
};

async function storeCredential(
  db: Db,
  row: EnrolmentRow,
  made: Registration,
  at: number,
): Promise<CredentialRow> {
  const credential: CredentialRow = {
    id: newId(),
    personId: row.personId,
    name: row.name,
    nameKey: nameKey(row.name),
    kind: row.kind,
    state: 'active',
    credentialId: fromBase64url(made.credentialId),
    publicKey: fromBase64url(made.publicKey),
    algorithm: made.algorithm,
    aaguid: made.aaguid,
    model: made.model,
    canVerifyUser: made.canVerifyUser ? 1 : 0,
    fingerprint: made.fingerprint,
    signCount: made.signCount,
    backupEligible: made.backupEligible ? 1 : 0,
    backedUp: made.backedUp ? 1 : 0,
    transports: JSON.stringify(made.transports),
    attestationFormat: made.attestationFormat,
    attestationObject: fromBase64url(made.attestationObject),
    clientData: fromBase64url(made.clientData),
    rpId: made.rpId,
    origin: made.origin,
    authenticatorRef: row.authenticatorRef,
    createdAt: at,
    lastUsedAt: null,
    lastUsedFor: null,
  };
  try {
    await insertCredential(db, credential);
  } catch (error) {
    if (isDuplicate(error, 'credential.credential_id')) throw new KeywrightError('auth.credential_known');
    throw error;
  }
  const expected = { from: 'registered' as const, now: at };
  const change = { state: 'committed' as const, credentialRef: credential.id };
  if (!(await advanceEnrolment(db, row.id, expected, change))) throw new KeywrightError('input.wrong_step');
  return credential;
}
