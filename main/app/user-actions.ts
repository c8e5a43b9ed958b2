import {
  type ActionChallenge,
  ActionRequest,
  type ParsedInput,
  type ProcedureOutput,
} from '../../shared/contract/index.ts';
import type { UserVerificationPolicy } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { findCredential, findEnrolment, isUsable, registrationOf, toCredential } from '../store/index.ts';
import type { Caller } from './caller.ts';
import { targetId } from './credential-actions.ts';
import { signingPower } from './credentials.ts';
import { ceremonyOrigin, requireWorkspace, toWorkspace } from './relying-party.ts';
import type { Services } from './services.ts';
import { sessionFor } from './sign-in.ts';
import { signersOf } from './signers.ts';

/** Turns a request into a challenge, with the words that say what is being signed. */
export async function beginAction(
  services: Services,
  caller: Caller,
  { request }: ParsedInput<'actions.begin'>,
): Promise<ActionChallenge> {
  const session = services.sessions.require(caller.clientId);
  const row = await requireWorkspace(services.store.db);
  const workspace = toWorkspace(row);
  const holder = {
    personId: session.personId,
    clientId: caller.clientId,
    rpId: workspace.rpId,
    origin: ceremonyOrigin(caller, workspace.origins),
  };
  const { action, challenge } = await services.actions.begin(holder, row, request);
  return {
    actionId: action.id,
    challengeId: challenge.id,
    request: ActionRequest.parse(JSON.parse(action.request)),
    requestHash: Buffer.from(action.requestHash).toString('hex'),
    personName: session.personName,
    workspaceName: workspace.name,
    target: await targetOf(services, request),
    expiresAt: challenge.expiresAt,
    signers: await signersOf(services, session.personId, workspace.userVerification),
  };
}

/** Carries out what was signed. */
export async function commitAction(
  services: Services,
  caller: Caller,
  input: ParsedInput<'actions.commit'>,
): Promise<ProcedureOutput<'actions.commit'>> {
  const { store, sessions } = services;
  const session = sessions.require(caller.clientId);
  const workspace = await requireWorkspace(store.db);
  const who = { personId: session.personId, clientId: caller.clientId };
  const { subjectId, signerId } = await services.actions.commit(who, workspace, input);
  if (input.request.operation === 'workspace.setUserVerification') {
    await endUnverified(services, input.request.body.userVerification);
    services.emit({ event: 'workspace.changed', payload: {}, clientId: null });
    services.emit({ event: 'credentials.changed', payload: {}, clientId: null });
    return { credential: null };
  }
  const changed = await findCredential(store.db, subjectId);
  if (changed === undefined) throw new KeywrightError('input.not_found');
  if (changed.state !== 'active') {
    // Whoever switches off the credential they signed in with stays signed in with the one they signed with.
    const signer = await findCredential(store.db, signerId);
    if (session.credentialId === changed.id && signer?.state === 'active') {
      const person = { id: session.personId, name: session.personName };
      sessions.start(caller.clientId, sessionFor(person, signer, session.signedInAt));
    }
    sessions.endAllOf(changed.id);
  }
  if (input.request.operation === 'credentials.rename') sessions.renamed(changed.id, changed.name);
  services.emit({ event: 'credentials.changed', payload: {}, clientId: null });
  return { credential: toCredential(changed, await signingPower(store.db, session.personId)) };
}

/** Who signed in with what cannot sign any more is signed out. */
async function endUnverified({ store, sessions }: Services, policy: UserVerificationPolicy): Promise<void> {
  for (const id of sessions.credentials()) {
    const credential = await findCredential(store.db, id);
    if (credential === undefined || !isUsable(credential, policy)) sessions.endAllOf(id);
  }
}

async function targetOf(services: Services, request: ActionRequest): Promise<ActionChallenge['target']> {
  const { db } = services.store;
  if (request.operation === 'workspace.setUserVerification') return null;
  if (request.operation === 'credentials.create') {
    const enrolment = await findEnrolment(db, request.body.enrolmentId);
    const made = enrolment === undefined ? null : registrationOf(enrolment);
    if (enrolment === undefined || made === null) throw new KeywrightError('input.not_found');
    return { name: enrolment.name, kind: enrolment.kind, model: made.model };
  }
  const credential = await findCredential(db, targetId(request));
  if (credential === undefined) throw new KeywrightError('input.not_found');
  return { name: credential.name, kind: credential.kind, model: credential.model };
}
