import { z } from 'zod';
import { Aaguid, Base64url, CredentialKind, Id, Millis } from '../domain/index.ts';
import { ActionRequest } from './actions.ts';

/** A place where a passkey can live, and why it cannot be chosen where that is so. */
export const Place = z.object({
  kind: CredentialKind,
  available: z.boolean(),
  /**
   * Why not: not built yet, no such hardware on this system, a library that is missing, or a system that keeps
   * security keys to itself (Windows, for programs without administrator rights).
   */
  reason: z.enum(['notYet', 'noPlatformAuthenticator', 'libraryMissing', 'hiddenBySystem']).nullable(),
});
export type Place = z.infer<typeof Place>;

/** A security key that is plugged in, or a simulated one that runs. */
export const SecurityKeyDevice = z.object({
  /** Names this key until it is taken out. */
  id: z.string(),
  /** As the key calls itself; cleaned, at most 64 characters. */
  name: z.string(),
  serial: z.string().nullable(),
  /** A simulator is reached over UDP on this computer; it is no hardware. */
  transport: z.enum(['usb', 'simulator']),
  /** Why it is seen but cannot be opened; null where it can. */
  problem: z.enum(['noPermission', 'busy']).nullable(),
});
export type SecurityKeyDevice = z.infer<typeof SecurityKeyDevice>;

/** The security keys of this computer. */
export const SecurityKeysSeen = z.object({
  devices: z.array(SecurityKeyDevice),
  /** The command that lets this person open security keys (Linux); null where there is none to give. */
  permissionCommand: z.string().nullable(),
});
export type SecurityKeysSeen = z.infer<typeof SecurityKeysSeen>;

/** What the authenticator made, once step 3 is done. */
export const MadePasskey = z.object({
  credentialId: Base64url,
  model: z.string(),
  aaguid: Aaguid,
  algorithm: z.int(),
  attestationFormat: z.string(),
  /** False for a U2F key: it knows a touch, but neither PIN nor fingerprint. */
  canVerifyUser: z.boolean(),
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
