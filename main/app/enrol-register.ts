import type { Enrolment, ParsedInput } from '../../shared/contract/index.ts';
import { fromBase64url, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { issueChallenge } from '../actions/index.ts';
import { SOFTWARE_KEY_AAGUID, SOFTWARE_KEY_NAME } from '../authenticators/index.ts';
import {
  advanceEnrolment,
  type ChallengeRow,
  consumeChallenge,
  type EnrolmentRow,
  findByCredentialId,
  findWorkspace,
  listCredentialIds,
  type Registration,
} from '../store/index.ts';
import { ALGORITHMS, createRegistrationOptions, modelName, verifyRegistration } from '../webauthn/index.ts';
import { withSoftwareKey } from './authenticators.ts';
import type { Caller } from './caller.ts';
import { requireEnrolment, toEnrolment } from './enrol.ts';
import { ceremonyOrigin, DEFAULT_RP_ID, toWorkspace } from './relying-party.ts';
import type { Services } from './services.ts';

/**
 * Step 3: the authenticator makes the passkey and the relying party verifies it (WebAuthn Level 3 §7.1). The
 * result waits in the enrolment until it is signed; it is no credential yet.
 * @throws KeywrightError `authenticator.*`, `auth.*`, `input.wrong_step` when it is done already
 */
export async function registerEnrolment(
  services: Services,
  caller: Caller,
  { enrolmentId, operationId }: ParsedInput<'enrol.register'>,
): Promise<Enrolment> {
  const subject = {
    operationId,
    clientId: caller.clientId,
    authenticator: { name: SOFTWARE_KEY_NAME, software: true },
  };
  return services.operations.run(subject, async ({ talk, expireAfter, claim }) => {
    const row = await requireEnrolment(services, caller, enrolmentId);
    if (row.state !== 'named') throw new KeywrightError('input.wrong_step');
    const challenge = await beginRegistration(services, caller, row);
    const remaining = challenge.expiresAt - services.clock.now();
    expireAfter(remaining);
    const keyId = await keyFor(services, row);
    await claim(keyId);
    const options = await optionsFor(services, row, challenge, remaining);
    const response = await withSoftwareKey(services, keyId, (key) =>
      key.makeCredential(options, challenge.origin, talk),
    );
    talk.signal.throwIfAborted();
    return keepRegistration(services, caller, { row, keyId, challenge, response });
  });
}

async function beginRegistration(
  services: Services,
  caller: Caller,
  row: EnrolmentRow,
): Promise<ChallengeRow> {
  const workspace = await findWorkspace(services.store.db);
  const party = workspace === undefined ? undefined : toWorkspace(workspace);
  const holder = {
    personId: row.personId,
    clientId: caller.clientId,
    rpId: party?.rpId ?? DEFAULT_RP_ID,
    origin: ceremonyOrigin(caller, party?.origins),
  };
  return issueChallenge(services.store.db, 'registration', holder, services.clock.now());
}

async function optionsFor(services: Services, row: EnrolmentRow, challenge: ChallengeRow, timeout: number) {
  const known = await listCredentialIds(services.store.db, row.personId);
  return createRegistrationOptions({
    rpId: challenge.rpId,
    rpName: row.workspaceName,
    user: { id: row.userHandle, name: row.personName, displayName: row.personName },
    challenge: challenge.challenge,
    exclude: known.map(({ credentialId }) => ({ credentialId, transports: [] })),
    timeout,
  });
}

type Made = {
  row: EnrolmentRow;
  /** The software key that made it. */
  keyId: string;
  challenge: ChallengeRow;
  response: Parameters<typeof verifyRegistration>[0];
};

/** Verifies and keeps what came back; the challenge is consumed in the same transaction. */
async function keepRegistration(
  services: Services,
  caller: Caller,
  { row, keyId, challenge, response }: Made,
): Promise<Enrolment> {
  const { store, clock } = services;
  const now = clock.now();
  try {
    if (now >= challenge.expiresAt) throw new KeywrightError('auth.challenge_expired');
    const verified = await verifyRegistration(response, {
      challenge: toBase64url(challenge.challenge),
      origin: challenge.origin,
      rpId: challenge.rpId,
      userVerification: 'required',
      algorithms: ALGORITHMS,
    });
    if ((await findByCredentialId(store.db, verified.credentialId)) !== undefined) {
      throw new KeywrightError('auth.credential_known');
    }
    const registration: Registration = {
      credentialId: toBase64url(verified.credentialId),
      publicKey: toBase64url(verified.publicKey),
      algorithm: verified.algorithm,
      aaguid: verified.aaguid,
      model: modelName(verified.aaguid, { [SOFTWARE_KEY_AAGUID]: SOFTWARE_KEY_NAME }),
      fingerprint: verified.fingerprint,
      signCount: verified.signCount,
      backupEligible: verified.backupEligible,
      backedUp: verified.backedUp,
      transports: verified.transports,
      attestationFormat: verified.attestationFormat,
      attestationObject: toBase64url(fromBase64url(response.response.attestationObject)),
      clientData: toBase64url(fromBase64url(response.response.clientDataJSON)),
      rpId: challenge.rpId,
      origin: challenge.origin,
    };
    const change = { state: 'registered' as const, registration: JSON.stringify(registration) };
    await store.transact(async (db) => {
      if (!(await consumeChallenge(db, challenge.id, now, 'ok')))
        throw new KeywrightError('auth.challenge_used');
      // Cancelled or expired meanwhile, or made by another key: then this passkey is nobody's.
      const expected = { from: 'named' as const, now, key: keyId };
      if (!(await advanceEnrolment(db, row.id, expected, change)))
        throw new KeywrightError('input.wrong_step');
    });
    // Read again: the name may have been changed while the authenticator was waiting.
    return toEnrolment(await requireEnrolment(services, caller, row.id));
  } catch (error) {
    if (error instanceof KeywrightError) await consumeChallenge(store.db, challenge.id, now, error.code);
    throw error;
  }
}

/** Every enrolment has a software key of its own, made once and kept for retries. */
async function keyFor(services: Services, row: EnrolmentRow): Promise<string> {
  const { softwareKeys, store, clock } = services;
  const ref = row.authenticatorRef;
  if (ref !== null && (await softwareKeys.has(ref))) return ref;
  const keyId = await softwareKeys.create();
  const expected = { from: 'named' as const, now: clock.now() };
  if (await advanceEnrolment(store.db, row.id, expected, { authenticatorRef: keyId })) return keyId;
  await softwareKeys.remove(keyId);
  throw new KeywrightError('input.not_found');
}
