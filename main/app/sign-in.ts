import type { ParsedInput, ProcedureOutput } from '../../shared/contract/index.ts';
import type { Session } from '../../shared/domain/index.ts';
import { toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import {
  appendAudit,
  auditSignature,
  checkAssertion,
  consumeAssertion,
  issueChallenge,
  loadChallenge,
  recordRefusal,
} from '../actions/index.ts';
import { findFirstPerson, findPerson, type PersonRow } from '../store/index.ts';
import type { Caller } from './caller.ts';
import { ceremonyOrigin, requireWorkspace, toWorkspace } from './relying-party.ts';
import type { Services } from './services.ts';
import { signersOf } from './signers.ts';

/** Makes a sign-in challenge for the person of this workspace. */
export async function beginSignIn(
  services: Services,
  caller: Caller,
): Promise<ProcedureOutput<'signIn.begin'>> {
  const { store, clock } = services;
  const workspace = toWorkspace(await requireWorkspace(store.db));
  const person = await findFirstPerson(store.db);
  if (person === undefined) throw new KeywrightError('input.wrong_step');
  const holder = {
    personId: person.id,
    clientId: caller.clientId,
    rpId: workspace.rpId,
    origin: ceremonyOrigin(caller, workspace.origins),
  };
  const challenge = await issueChallenge(store.db, 'signIn', holder, clock.now());
  return {
    challengeId: challenge.id,
    expiresAt: challenge.expiresAt,
    signers: await signersOf(services, person.id, workspace.userVerification),
  };
}

/** Verifies the answer and signs the person in on this window. */
export async function commitSignIn(
  services: Services,
  caller: Caller,
  { challengeId, assertion }: ParsedInput<'signIn.commit'>,
): Promise<Session> {
  const { store, clock, sessions } = services;
  const at = clock.now();
  const workspace = await requireWorkspace(store.db);
  const challenge = await loadChallenge(store.db, challengeId, {
    purpose: 'signIn',
    clientId: caller.clientId,
    now: at,
  });
  try {
    const signedBy = await checkAssertion(store.db, challenge, assertion, workspace.userVerification);
    const person = await store.transact(async (db) => {
      await consumeAssertion(db, challenge, signedBy, at, 'signIn');
      await appendAudit(db, {
        kind: 'signIn',
        at,
        workspaceId: workspace.id,
        personId: challenge.personId,
        subjectId: signedBy.signer.id,
        facts: { challenge: toBase64url(challenge.challenge) },
        signature: auditSignature(signedBy.signer, assertion),
      });
      return findPerson(db, challenge.personId);
    });
    if (person === undefined) throw new KeywrightError('input.not_found');
    const session = sessionFor(person, signedBy.signer, at);
    sessions.start(caller.clientId, session);
    services.emit({ event: 'credentials.changed', payload: {}, clientId: null });
    return session;
  } catch (error) {
    if (!(error instanceof KeywrightError)) throw error;
    await recordRefusal(store, { challenge, assertion, error, workspaceId: workspace.id, at });
    throw error;
  }
}

/** The session of a person who was verified with this credential. */
export function sessionFor(
  person: Pick<PersonRow, 'id' | 'name'>,
  credential: { id: string; name: string },
  at: number,
): Session {
  return {
    personId: person.id,
    personName: person.name,
    credentialId: credential.id,
    credentialName: credential.name,
    signedInAt: at,
  };
}
