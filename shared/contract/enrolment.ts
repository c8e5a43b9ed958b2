import { z } from 'zod';
import { Aaguid, Base64url, CredentialKind, Id, Millis } from '../domain/index.ts';
import { ActionRequest } from './actions.ts';

/** A place where a passkey can live, and why it cannot be chosen where that is so. */
export const Place = z.object({
  kind: CredentialKind,
  available: z.boolean(),
  /** Why not: not built yet, no such hardware on this system, or a library that is missing. */
  reason: z.enum(['notYet', 'noPlatformAuthenticator', 'noDevice', 'libraryMissing']).nullable(),
  /** Names of devices seen, for the security-key place. */
  devices: z.array(z.string()),
});
export type Place = z.infer<typeof Place>;

/** What the authenticator made, once step 3 is done. */
export const MadePasskey = z.object({
  credentialId: Base64url,
  model: z.string(),
  aaguid: Aaguid,
  algorithm: z.int(),
  attestationFormat: z.string(),
  fingerprint: z.string(),
  backupEligible: z.boolean(),
  backedUp: z.boolean(),
});

/** An enrolment in progress. It lives until it is committed, cancelled or 30 minutes old. */
export const Enrolment = z.object({
  id: Id,
  /** `named` after step 2, `registered` after step 3, `committed` after step 4. */
  state: z.enum(['named', 'registered', 'committed']),
  kind: CredentialKind,
  name: z.string(),
  /** True for the very first credential of a workspace, the only one that nothing can sign. */
  first: z.boolean(),
  personName: z.string(),
  workspaceName: z.string(),
  made: MadePasskey.nullable(),
  /** The exact request to sign in step 4; null for the first credential and before step 3. */
  request: ActionRequest.nullable(),
  /** The stored credential, once committed. */
  credentialId: Id.nullable(),
  createdAt: Millis,
  expiresAt: Millis,
});
export type Enrolment = z.infer<typeof Enrolment>;
