import { z } from 'zod';
import {
  AuthenticationResponse,
  Credential,
  CredentialDetails,
  CredentialKind,
  Id,
  Millis,
  Name,
  Session,
  Signer,
  Workspace,
} from '../domain/index.ts';
import { ActionChallenge, ActionRequest } from './actions.ts';
import { Enrolment, Place, SecurityKeysSeen } from './enrolment.ts';

/** Who may call: anyone on this machine's own window, or only a signed-in person. */
type Access = 'anyone' | 'person';

type Procedure<I extends z.ZodType, O extends z.ZodType> = { access: Access; input: I; output: O };

function procedure<I extends z.ZodType, O extends z.ZodType>(
  access: Access,
  input: I,
  output: O,
): Procedure<I, O> {
  return { access, input, output };
}

const nothing = z.strictObject({});

/** Every procedure a window, a browser or a terminal can call. The host validates both ways. */
export const procedures = {
  /** What the first screen needs to know. */
  'app.status': procedure(
    'anyone',
    nothing,
    z.object({
      version: z.string(),
      host: z.enum(['electron', 'web', 'cli']),
      runtime: z.string(),
      dataFolder: z.string(),
      storeBytes: z.int(),
      workspace: Workspace.nullable(),
      session: Session.nullable(),
    }),
  ),

  /** Ends the session of this window or browser. */
  'session.signOut': procedure('anyone', nothing, nothing),
  /** Makes a sign-in challenge and names who could answer it. */
  'signIn.begin': procedure(
    'anyone',
    nothing,
    z.object({ challengeId: Id, expiresAt: Millis, signers: z.array(Signer) }),
  ),
  'signIn.commit': procedure(
    'anyone',
    z.strictObject({ challengeId: Id, assertion: AuthenticationResponse }),
    Session,
  ),

  'authenticators.places': procedure('anyone', nothing, z.object({ places: z.array(Place) })),
  /**
   * The security keys that are plugged in, and from now on the event `securityKeys.changed` within a second after
   * one came or went, until `securityKeys.unwatch`. A window that goes away stops watching.
   */
  'securityKeys.watch': procedure('anyone', nothing, SecurityKeysSeen),
  'securityKeys.unwatch': procedure('anyone', nothing, nothing),
  /**
   * Lets the authenticator of `credentialId` sign the challenge. Long: follow it by the events
   * `operation.status` with the same operation id, answer with `authenticators.touch`, `.pin` and `.usePin`.
   */
  'authenticators.sign': procedure(
    'anyone',
    z.strictObject({ operationId: Id, challengeId: Id, credentialId: Id }),
    z.object({ assertion: AuthenticationResponse }),
  ),
  /** The click on the software key's touch button. */
  'authenticators.touch': procedure('anyone', z.strictObject({ operationId: Id }), nothing),
  /** Answers the question of a status with phase `pin`, and no later one. The PIN is used once and wiped. */
  'authenticators.pin': procedure(
    'anyone',
    z.strictObject({ operationId: Id, questionId: Id, pin: z.string().max(256) }),
    nothing,
  ),
  /** In phase `verify`: stops waiting for the fingerprint and asks for the PIN. */
  'authenticators.usePin': procedure('anyone', z.strictObject({ operationId: Id }), nothing),
  /** Takes a software key out and puts it in again: ends the lock after three wrong PINs. */
  'authenticators.reconnect': procedure(
    'anyone',
    z.union([z.strictObject({ credentialId: Id }), z.strictObject({ enrolmentId: Id })]),
    nothing,
  ),
  /** Cancels a running operation, which then ends with `authenticator.cancelled`. */
  'operations.cancel': procedure('anyone', z.strictObject({ operationId: Id }), nothing),

  /**
   * Step 2 done: a place and a name. Before the first credential `person` and `workspace` name who and
   * what is being set up; afterwards they must be absent and the caller signed in.
   */
  'enrol.begin': procedure(
    'anyone',
    z.strictObject({
      kind: CredentialKind,
      name: Name,
      person: Name.optional(),
      workspace: Name.optional(),
    }),
    Enrolment,
  ),
  /** Changes the name before it is signed. Only the first credential's or a not yet registered one's. */
  'enrol.rename': procedure('anyone', z.strictObject({ enrolmentId: Id, name: Name }), Enrolment),
  'enrol.get': procedure('anyone', z.strictObject({ enrolmentId: Id }), Enrolment),
  /** Step 3: the authenticator makes the passkey. Long, as `authenticators.sign`. */
  'enrol.register': procedure('anyone', z.strictObject({ operationId: Id, enrolmentId: Id }), Enrolment),
  /** Step 4 for the very first credential only: stores workspace, person and credential, and signs in. */
  'enrol.commitFirst': procedure(
    'anyone',
    z.strictObject({ enrolmentId: Id }),
    z.object({ credential: Credential, session: Session }),
  ),
  /** Forgets the enrolment and, where it can, what the authenticator made for it. */
  'enrol.cancel': procedure('anyone', z.strictObject({ enrolmentId: Id }), nothing),

  /** Turns a request into a challenge to sign. */
  'actions.begin': procedure('person', z.strictObject({ request: ActionRequest }), ActionChallenge),
  /** Carries out the request if the assertion signs exactly it. One transaction: all or nothing. */
  'actions.commit': procedure(
    'person',
    z.strictObject({ actionId: Id, request: ActionRequest, assertion: AuthenticationResponse }),
    /** The credential it was done to; null where it was the workspace. */
    z.object({ credential: Credential.nullable() }),
  ),

  'credentials.list': procedure(
    'person',
    z.strictObject({
      query: z.string().max(200).default(''),
      state: z.enum(['all', 'active', 'inactive']).default('all'),
      sort: z.enum(['name', 'kind', 'createdAt', 'lastUsedAt', 'state']).default('createdAt'),
      direction: z.enum(['ascending', 'descending']).default('descending'),
      offset: z.int().nonnegative().default(0),
      limit: z.int().min(1).max(200).default(100),
    }),
    z.object({
      items: z.array(Credential),
      /** How many fit query and state. */
      total: z.int(),
      /** How many there are in all, and how many of them are active. */
      all: z.int(),
      active: z.int(),
    }),
  ),
  'credentials.get': procedure('person', z.strictObject({ id: Id }), CredentialDetails),
} as const;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
/** What a caller sends (before defaults are filled in). */
export type ProcedureInput<N extends ProcedureName> = z.input<Procedures[N]['input']>;
/** What a use case receives. */
export type ParsedInput<N extends ProcedureName> = z.output<Procedures[N]['input']>;
export type ProcedureOutput<N extends ProcedureName> = z.output<Procedures[N]['output']>;
