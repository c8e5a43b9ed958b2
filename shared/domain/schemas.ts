import { z } from 'zod';
import { isBase64url } from './base64url.ts';
import { checkName } from './names.ts';

/** UUIDv7 in its usual text form. */
export const Id = z.uuid();
/** Names a model of authenticators. Written as a UUID, but any 16 bytes will do: many are none of RFC 9562. */
export const Aaguid = z.guid();
/** UTC milliseconds since 1970. */
export const Millis = z.int().nonnegative();
/** Bytes as base64url without padding. */
export const Base64url = z.string().refine(isBase64url, { message: 'not base64url' });
/** A name a person typed: trimmed and in NFC after parsing. See `names.ts` for the rules. */
export const Name = z
  .string()
  .max(512)
  .transform((raw, context) => {
    const checked = checkName(raw);
    if (checked.ok) return checked.name;
    context.addIssue({ code: 'custom', message: checked.problem, params: { problem: checked.problem } });
    return z.NEVER;
  });

/** Where a passkey lives. */
export const CredentialKind = z.enum(['securityKey', 'platform', 'software']);
export type CredentialKind = z.infer<typeof CredentialKind>;

/**
 * Whether an authenticator must verify the person, by PIN, fingerprint or face. `required`: always. `preferred`:
 * where it can; keys that know only a touch (U2F) are accepted too. WebAuthn §5.8.6.
 */
export const UserVerificationPolicy = z.enum(['required', 'preferred']);
export type UserVerificationPolicy = z.infer<typeof UserVerificationPolicy>;

/** `retired` is for good; `inactive` can be switched on again. */
export const CredentialState = z.enum(['active', 'inactive', 'retired']);
export type CredentialState = z.infer<typeof CredentialState>;

/** What a credential was last used for. */
export const CredentialUse = z.enum(['registered', 'signIn', 'action']);
export type CredentialUse = z.infer<typeof CredentialUse>;

/** A registered passkey as lists show it. */
export const Credential = z.object({
  id: Id,
  personId: Id,
  name: z.string(),
  kind: CredentialKind,
  state: CredentialState,
  /** Model name by AAGUID, or a plain description where the AAGUID is unknown. */
  model: z.string(),
  aaguid: Aaguid,
  /** False for a U2F key: it knows a touch, but neither PIN nor fingerprint. */
  canVerifyUser: z.boolean(),
  /** BE flag: true when the passkey can be synced, false when it is bound to one device. */
  backupEligible: z.boolean(),
  /** BS flag: true when it is synced now. */
  backedUp: z.boolean(),
  /** SHA-256 of the public key (SubjectPublicKeyInfo, DER), lower-case hex. */
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: Millis,
  lastUsedAt: Millis.nullable(),
  lastUsedFor: CredentialUse.nullable(),
  /** True for the person's only active credential, which cannot be switched off. */
  lastActive: z.boolean(),
});
export type Credential = z.infer<typeof Credential>;

/** One entry of a credential's history, newest first. */
export const HistoryEntry = z.object({
  sequence: z.int(),
  at: Millis,
  what: z.enum(['created', 'activated', 'deactivated', 'renamed', 'counterRegressed']),
  /** Name of the credential that signed it; null for the very first creation, which nothing could sign. */
  signedBy: z.string().nullable(),
  /** For a rename: the name before and after. */
  from: z.string().nullable(),
  to: z.string().nullable(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;

/** A credential with all that the details drawer shows. */
export const CredentialDetails = Credential.extend({
  /** The WebAuthn credential id. */
  credentialId: Base64url,
  /** COSE algorithm identifier: -7 ES256, -8 EdDSA, -257 RS256. */
  algorithm: z.int(),
  signCount: z.int().nonnegative(),
  transports: z.array(z.string()),
  attestationFormat: z.string(),
  rpId: z.string(),
  origin: z.string(),
  history: z.array(HistoryEntry),
});
export type CredentialDetails = z.infer<typeof CredentialDetails>;

/** A store file and its relying party. */
export const Workspace = z.object({
  id: Id,
  name: z.string(),
  rpId: z.string(),
  origins: z.array(z.string()),
  userVerification: UserVerificationPolicy,
  createdAt: Millis,
});
export type Workspace = z.infer<typeof Workspace>;

/** Who is signed in on this window or browser. */
export const Session = z.object({
  personId: Id,
  personName: z.string(),
  /** The credential that signed in. */
  credentialId: Id,
  credentialName: z.string(),
  signedInAt: Millis,
});
export type Session = z.infer<typeof Session>;

/** A credential that may (or, with a reason, may not) sign now. */
export const Signer = z.object({
  id: Id,
  name: z.string(),
  kind: CredentialKind,
  model: z.string(),
  state: CredentialState,
  lastUsedAt: Millis.nullable(),
  /**
   * Why it cannot sign: it is switched off, what holds it is not on this machine, this machine cannot use such an
   * authenticator, or it cannot verify the person as the workspace requires.
   */
  unavailable: z.enum(['inactive', 'missing', 'notSupported', 'noUserVerification']).nullable(),
});
export type Signer = z.infer<typeof Signer>;
