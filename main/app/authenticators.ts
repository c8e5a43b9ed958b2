import type { ParsedInput, Place, ProcedureOutput } from '../../shared/contract/index.ts';
import {
  type AuthenticationResponse,
  toBase64url,
  type UserVerificationPolicy,
} from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { loadChallenge } from '../actions/index.ts';
import { type Authenticator, SOFTWARE_KEY_NAME } from '../authenticators/index.ts';
import { type CredentialRow, findCredential, findEnrolment } from '../store/index.ts';
import { createAuthenticationOptions, credProtectLevel } from '../webauthn/index.ts';
import type { Caller } from './caller.ts';
import type { OperationControl } from './operations.ts';
import { requireWorkspace } from './relying-party.ts';
import { withSecurityKey } from './security-key-ceremony.ts';
import type { Services } from './services.ts';
import { whyUnavailable } from './signers.ts';

/** Where a passkey can live on this machine, and why not where it cannot. */
export async function listPlaces(services: Services): Promise<ProcedureOutput<'authenticators.places'>> {
  const noSecurityKeys = await services.securityKeys.unavailable();
  const places: Place[] = [
    { kind: 'software', available: true, reason: null },
    {
      kind: 'platform',
      available: false,
      // Chromium has no platform authenticator on Linux; elsewhere the driver is not built yet.
      reason: process.platform === 'linux' ? 'noPlatformAuthenticator' : 'notYet',
    },
    { kind: 'securityKey', available: noSecurityKeys === null, reason: noSecurityKeys },
  ];
  return { places };
}

/** Takes a software key for an operation, hands it to `work`, and closes it whatever happens. */
export async function withSoftwareKey<T>(
  services: Services,
  control: OperationControl,
  keyId: string,
  work: (authenticator: Authenticator) => Promise<T>,
): Promise<T> {
  await control.claim(keyId, { name: SOFTWARE_KEY_NAME, software: true, simulated: false });
  const authenticator = await services.softwareKeys.open(keyId);
  try {
    return await work(authenticator);
  } finally {
    await authenticator.close();
  }
}

/** Lets the authenticator of a credential sign a challenge. The result is worth nothing until it is committed. */
export async function signChallenge(
  services: Services,
  caller: Caller,
  { operationId, challengeId, credentialId }: ParsedInput<'authenticators.sign'>,
): Promise<{ assertion: AuthenticationResponse }> {
  const { store, clock } = services;
  const challenge = await loadChallenge(store.db, challengeId, {
    clientId: caller.clientId,
    now: clock.now(),
  });
  if (challenge.purpose === 'registration') throw new KeywrightError('auth.challenge_mismatch');
  const credential = await findCredential(store.db, credentialId);
  if (credential === undefined) throw new KeywrightError('auth.credential_unknown');
  if (credential.personId !== challenge.personId) throw new KeywrightError('auth.user_handle_mismatch');
  const { userVerification } = await requireWorkspace(store.db);
  await requireAvailable(services, credential, userVerification);
  const subject = { operationId, clientId: caller.clientId };
  const assertion = await services.operations.run(subject, async (control) => {
    const remaining = challenge.expiresAt - clock.now();
    control.expireAfter(remaining);
    const options = await createAuthenticationOptions({
      rpId: challenge.rpId,
      challenge: challenge.challenge,
      allow: [{ credentialId: credential.credentialId, transports: [] }],
      userVerification,
      timeout: remaining,
    });
    const sign = (key: Authenticator) => key.getAssertion(options, challenge.origin, control.talk);
    if (credential.kind === 'securityKey') {
      const level = await credProtectLevel(credential.attestationObject);
      const visible = level === null || level < 3;
      const wanted = { rpId: challenge.rpId, ids: [toBase64url(credential.credentialId)], visible };
      return withSecurityKey(services.securityKeys, control, wanted, sign);
    }
    if (credential.authenticatorRef === null) throw new KeywrightError('authenticator.not_found');
    return withSoftwareKey(services, control, credential.authenticatorRef, sign);
  });
  if (assertion.id !== toBase64url(credential.credentialId))
    throw new KeywrightError('auth.credential_unknown');
  return { assertion };
}

async function requireAvailable(
  services: Services,
  credential: CredentialRow,
  policy: UserVerificationPolicy,
): Promise<void> {
  switch (await whyUnavailable(services, credential, policy)) {
    case null:
      return;
    case 'inactive':
      throw new KeywrightError('auth.credential_inactive');
    case 'missing':
      throw new KeywrightError('authenticator.not_found');
    case 'noUserVerification':
      throw new KeywrightError('auth.cannot_verify_user');
    case 'notSupported':
      throw new KeywrightError('authenticator.not_supported');
  }
}

/**
 * Takes a software key out and puts it in again.
 * @throws KeywrightError `authenticator.busy` while another window uses it, `authenticator.not_found`
 */
export async function reconnect(
  services: Services,
  caller: Caller,
  input: ParsedInput<'authenticators.reconnect'>,
): Promise<void> {
  const keyId =
    'credentialId' in input
      ? (await findCredential(services.store.db, input.credentialId))?.authenticatorRef
      : await enrolmentKey(services, caller, input.enrolmentId);
  if (keyId === undefined || keyId === null) throw new KeywrightError('authenticator.not_found');
  if (services.operations.isUsedByAnother(caller.clientId, keyId))
    throw new KeywrightError('authenticator.busy');
  await services.operations.endAllOf(caller.clientId);
  await services.softwareKeys.reconnect(keyId);
}

async function enrolmentKey(services: Services, caller: Caller, id: string): Promise<string | null> {
  const enrolment = await findEnrolment(services.store.db, id);
  return enrolment?.clientId === caller.clientId ? enrolment.authenticatorRef : null;
}
