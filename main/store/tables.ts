import type { Kysely } from 'kysely';
import type {
  CredentialKind,
  CredentialState,
  CredentialUse,
  UserVerificationPolicy,
} from '../../shared/domain/index.ts';

/** SQLite has no booleans: 0 or 1. */
export type Bit = 0 | 1;

export type WorkspaceRow = {
  id: string;
  single: 1;
  name: string;
  rpId: string;
  /** JSON array of texts */
  origins: string;
  userVerification: UserVerificationPolicy;
  createdAt: number;
};

export type PersonRow = { id: string; name: string; userHandle: Uint8Array; createdAt: number };

export type CredentialRow = {
  id: string;
  personId: string;
  name: string;
  /** The name as it is compared; see `nameKey`. */
  nameKey: string;
  kind: CredentialKind;
  state: CredentialState;
  credentialId: Uint8Array;
  /** COSE_Key */
  publicKey: Uint8Array;
  algorithm: number;
  aaguid: string;
  model: string;
  /** 0 for what knows a touch alone. */
  canVerifyUser: Bit;
  fingerprint: string;
  signCount: number;
  backupEligible: Bit;
  backedUp: Bit;
  /** JSON array of texts */
  transports: string;
  attestationFormat: string;
  attestationObject: Uint8Array;
  clientData: Uint8Array;
  rpId: string;
  origin: string;
  /** Which authenticator of its driver holds it: for software keys, the key's id. */
  authenticatorRef: string | null;
  createdAt: number;
  lastUsedAt: number | null;
  lastUsedFor: CredentialUse | null;
};

export type ChallengePurpose = 'registration' | 'signIn' | 'action';

export type ChallengeRow = {
  id: string;
  purpose: ChallengePurpose;
  challenge: Uint8Array;
  personId: string;
  clientId: string;
  rpId: string;
  origin: string;
  createdAt: number;
  expiresAt: number;
  consumedAt: number | null;
  /** `ok`, or the code of the error that its answer was refused with. */
  outcome: string | null;
};

export type EnrolmentRow = {
  id: string;
  state: 'named' | 'registered' | 'committed';
  clientId: string;
  first: Bit;
  workspaceId: string;
  workspaceName: string;
  personId: string;
  personName: string;
  userHandle: Uint8Array;
  kind: CredentialKind;
  name: string;
  authenticatorRef: string | null;
  /** What was verified at registration, as JSON with base64url; see `enrolments.ts`. */
  registration: string | null;
  credentialRef: string | null;
  createdAt: number;
  expiresAt: number;
};

export type ActionRow = {
  id: string;
  personId: string;
  challengeId: string;
  operation: string;
  /** Canonical JSON (RFC 8785) */
  request: string;
  requestHash: Uint8Array;
  nonce: Uint8Array;
  createdAt: number;
  expiresAt: number;
};

export type AuditKind = 'workspaceCreated' | 'action' | 'signIn' | 'counterRegressed';

export type AuditRow = {
  sequence: number;
  kind: AuditKind;
  at: number;
  personId: string;
  signerId: string | null;
  subjectId: string | null;
  /** Canonical JSON (RFC 8785) of the whole entry but its own hash. */
  entry: string;
  previousHash: Uint8Array;
  hash: Uint8Array;
};

export type Tables = {
  workspace: WorkspaceRow;
  person: PersonRow;
  credential: CredentialRow;
  challenge: ChallengeRow;
  enrolment: EnrolmentRow;
  action: ActionRow;
  audit: AuditRow;
};

/** The store, or a transaction on it: what every repository function works on. */
export type Db = Kysely<Tables>;
