import { z } from 'zod';
import {
  Aaguid,
  Base64url,
  CredentialKind,
  Id,
  Millis,
  Name,
  Signer,
  UserVerificationPolicy,
} from '../domain/index.ts';

/** Body of the request that stores a new credential. Every field is compared with what was registered. */
export const CreateCredentialBody = z.strictObject({
  enrolmentId: Id,
  personId: Id,
  name: Name,
  kind: CredentialKind,
  credentialId: Base64url,
  /** COSE_Key as the authenticator gave it. */
  publicKey: Base64url,
  algorithm: z.int(),
  aaguid: Aaguid,
});

/**
 * A request that must be signed by an active credential before it is carried out. The id in `resource`
 * is the id of the credential.
 */
export const ActionRequest = z.discriminatedUnion('operation', [
  z.strictObject({
    operation: z.literal('credentials.create'),
    method: z.literal('POST'),
    resource: z.literal('/credentials'),
    body: CreateCredentialBody,
  }),
  z.strictObject({
    operation: z.literal('credentials.setState'),
    method: z.literal('PUT'),
    resource: z.string().regex(/^\/credentials\/[0-9a-f-]{36}\/state$/),
    body: z.strictObject({ state: z.enum(['active', 'inactive']) }),
  }),
  z.strictObject({
    operation: z.literal('credentials.rename'),
    method: z.literal('PUT'),
    resource: z.string().regex(/^\/credentials\/[0-9a-f-]{36}\/name$/),
    body: z.strictObject({ name: Name }),
  }),
  z.strictObject({
    operation: z.literal('workspace.setUserVerification'),
    method: z.literal('PUT'),
    resource: z.literal('/workspace/user-verification'),
    body: z.strictObject({ userVerification: UserVerificationPolicy }),
  }),
]);
export type ActionRequest = z.infer<typeof ActionRequest>;

/** What a person is asked to sign: the exact request, and the facts that put it in words. */
export const ActionChallenge = z.object({
  actionId: Id,
  /** Give this to `authenticators.sign`. */
  challengeId: Id,
  /** The request as the core understood it. Send it back unchanged with `actions.commit`. */
  request: ActionRequest,
  /** SHA-256 of the canonical request (RFC 8785), lower-case hex. */
  requestHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The person and workspace it is done for, and the credential it is done to; null where it is the workspace. */
  personName: z.string(),
  workspaceName: z.string(),
  target: z.object({ name: z.string(), kind: CredentialKind, model: z.string() }).nullable(),
  expiresAt: Millis,
  signers: z.array(Signer),
});
export type ActionChallenge = z.infer<typeof ActionChallenge>;
