import type { Enrolment, ParsedInput } from '../../shared/contract/index.ts';
import { fromBase64url, toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { issueChallenge } from '../actions/index.ts';
import { SOFTWARE_KEY_AAGUID, SOFTWARE_KEY_NAME } from '../authenticators/index.ts';
import {
  type ChallengeRow,
  consumeChallenge,
  type EnrolmentRow,
  findByCredentialId,
  findWorkspace,
  listCredentialIds,
  type Registration,
  updateEnrolment,
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
  const { store, clock, operations } = services;
  const row = await requireEnrolment(services, caller, enrolmentId);
  if (row.state !== 'named') throw new KeywrightError('input.wrong_step');
  const workspace = await findWorkspace(store.db);
  const party = workspace === undefined ? undefined : toWorkspace(workspace);
  const challenge = await issueChallenge(
    store.db,
    'registration',
    {
      personId: row.personId,
      clientId: caller.clientId,
      rpId: party?.rpId ?? DEFAULT_RP_ID,
      origin: ceremonyOrigin(caller, party?.origins),
    },
    clock.now(),
  );
  const keyId = await keyFor(services, row);
  const remaining = challenge.expiresAt - clock.now();
  const options = await createRegistrationOptions({
    rpId: challenge.rpId,
    rpName: row.workspaceName,
    user: { id: row.userHandle, name: row.personName, displayName: row.personName },
    challenge: challenge.challenge,
    exclude: (await listCredentialIds(store.db, row.personId)).map(({ credentialId }) => ({
      credentialId,
      transports: [],
    })),
    timeout: remaining,
  });
  return operations.run(
    {
      operationId,
      clientId: caller.clientId,
      authenticator: { name: SOFTWARE_KEY_NAME, software: true },
      authenticatorRef: keyId,
    },
    remaining,
    async (talk) => {
      const response = await withSoftwareKey(services, keyId, (key) =>
        key.makeCredential(options, challenge.origin, talk),
      );
      talk.signal.throwIfAborted();
      return keepRegistration(services, caller, row, challenge, response);
    },
  );
}

type Response = Parameters<typeof verifyRegistration>[0];

/** Verifies and keeps what came back; the challenge is consumed in the same transaction. */
async function keepRegistration(
  services: Services,
  caller: Caller,
  row: EnrolmentRow,
  challenge: ChallengeRow,
  response: Response,
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
      await updateEnrolment(db, row.id, change);
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
  const { softwareKeys, store } = services;
  if (row.authenticatorRef !== null && (await softwareKeys.has(row.authenticatorRef)))
    return row.authenticatorRef;
  const keyId = await softwareKeys.create();
  await updateEnrolment(store.db, row.id, { authenticatorRef: keyId });
  return keyId;
}
