import type { Enrolment, ParsedInput } from '../../shared/contract/index.ts';
import {
  type CreationOptions,
  fromBase64url,
  toBase64url,
  type UserVerificationPolicy,
} from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { issueChallenge } from '../actions/index.ts';
import {
  type Authenticator,
  type SecurityKeyDevice,
  SOFTWARE_KEY_AAGUID,
  SOFTWARE_KEY_NAME,
} from '../authenticators/index.ts';
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
import { ceremonyOrigin, DEFAULT_RP_ID, DEFAULT_USER_VERIFICATION, toWorkspace } from './relying-party.ts';
import { withSecurityKey } from './security-key-ceremony.ts';
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
  const subject = { operationId, clientId: caller.clientId };
  return services.operations.run(subject, async (control) => {
    const row = await requireEnrolment(services, caller, enrolmentId);
    if (row.state !== 'named') throw new KeywrightError('input.wrong_step');
    const challenge = await beginRegistration(services, caller, row);
    const remaining = challenge.expiresAt - services.clock.now();
    control.expireAfter(remaining);
    const keyId = row.kind === 'software' ? await keyFor(services, row) : null;
    const options = await optionsFor(services, row, challenge, remaining);
    const { userVerification } = options;
    const make = async (key: Authenticator, device?: SecurityKeyDevice): Promise<Made> => ({
      // Asked first: what it makes must not be lost to a key that goes away afterwards.
      canVerifyUser: await key.canVerifyUser(control.talk.signal),
      response: await key.makeCredential(options, challenge.origin, control.talk),
      simulated: device?.transport === 'simulator',
    });
    const made =
      keyId === null
        ? await withSecurityKey(services.securityKeys, control, null, make)
        : await withSoftwareKey(services, control, keyId, make);
    control.talk.signal.throwIfAborted();
    return keepRegistration(services, caller, { row, keyId, challenge, userVerification, ...made });
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
    userVerification: await policyOf(services),
    // Keys without room for discoverable credentials are good enough: sign-in names the credential.
    residentKey: row.kind === 'software' ? 'required' : 'preferred',
    timeout,
  });
}

async function policyOf({ store }: Services): Promise<UserVerificationPolicy> {
  return (await findWorkspace(store.db))?.userVerification ?? DEFAULT_USER_VERIFICATION;
}

/** What an authenticator made, and what is known of it. */
type Made = {
  response: Parameters<typeof verifyRegistration>[0];
  canVerifyUser: boolean;
  /** True for a key that a program plays. */
  simulated: boolean;
};

type Registering = Made & {
  row: EnrolmentRow;
  /** The software key that made it; null for a security key. */
  keyId: string | null;
  challenge: ChallengeRow;
  userVerification: CreationOptions['userVerification'];
};

/** Verifies and keeps what came back; the challenge is consumed in the same transaction. */
async function keepRegistration(
  services: Services,
  caller: Caller,
  { row, keyId, challenge, userVerification, response, canVerifyUser, simulated }: Registering,
): Promise<Enrolment> {
  const { store, clock } = services;
  const now = clock.now();
  try {
    if (now >= challenge.expiresAt) throw new KeywrightError('auth.challenge_expired');
    const verified = await verifyRegistration(response, {
      challenge: toBase64url(challenge.challenge),
      origin: challenge.origin,
      rpId: challenge.rpId,
      userVerification,
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
      model: simulated ? `Simulated: ${modelOf(verified)}` : modelOf(verified),
      canVerifyUser,
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
      const expected = { from: 'named' as const, now, ...(keyId === null ? {} : { key: keyId }) };
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

/** U2F keys have no AAGUID to be named by. */
function modelOf({ aaguid, attestationFormat }: { aaguid: string; attestationFormat: string }): string {
  if (attestationFormat === 'fido-u2f') return 'U2F security key';
  return modelName(aaguid, { [SOFTWARE_KEY_AAGUID]: SOFTWARE_KEY_NAME });
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
