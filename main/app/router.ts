import type { z } from 'zod';
import {
  MESSAGE_LIMIT,
  type ParsedInput,
  type ProcedureName,
  type ProcedureOutput,
  procedures,
  type Reply,
} from '../../shared/contract/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { newId } from '../platform/index.ts';
import { asStoreError } from '../store/index.ts';
import { listPlaces, reconnect, signChallenge } from './authenticators.ts';
import type { Caller } from './caller.ts';
import { getOwnCredential, listOwnCredentials } from './credentials.ts';
import { beginEnrolment, cancelEnrolment, getEnrolment, renameEnrolment } from './enrol.ts';
import { commitFirst } from './enrol-commit.ts';
import { registerEnrolment } from './enrol-register.ts';
import type { Services } from './services.ts';
import { beginSignIn, commitSignIn } from './sign-in.ts';
import { readStatus } from './status.ts';
import { beginAction, commitAction } from './user-actions.ts';

/** The same table, seen so that a name keeps its input and output together. */
const schemas: {
  readonly [N in ProcedureName]: {
    access: 'anyone' | 'person';
    input: z.ZodType<ParsedInput<N>>;
    output: z.ZodType<ProcedureOutput<N>>;
  };
} = procedures;

type Handlers = {
  [N in ProcedureName]: (caller: Caller, input: ParsedInput<N>) => Promise<ProcedureOutput<N>>;
};

/** Maps the contract's procedures to use cases. */
function handlersOf(services: Services): Handlers {
  const { sessions, operations, softwareKeys, keyWatch } = services;
  const person = (caller: Caller) => sessions.require(caller.clientId).personId;
  return {
    'app.status': (caller) => readStatus(services, caller),
    'session.signOut': async (caller) => {
      operations.cancelAllOf(caller.clientId);
      sessions.end(caller.clientId);
      return {};
    },
    'signIn.begin': (caller) => beginSignIn(services, caller),
    'signIn.commit': (caller, input) => commitSignIn(services, caller, input),
    'authenticators.places': () => listPlaces(services),
    'securityKeys.watch': (caller) => keyWatch.watch(caller.clientId),
    'securityKeys.unwatch': async (caller) => {
      keyWatch.unwatch(caller.clientId);
      return {};
    },
    'authenticators.sign': (caller, input) => signChallenge(services, caller, input),
    'authenticators.touch': async (caller, { operationId }) => {
      softwareKeys.touch(operations.softwareKeyOf(caller.clientId, operationId));
      return {};
    },
    'authenticators.pin': async (caller, { operationId, questionId, pin }) => {
      operations.givePin(caller.clientId, operationId, questionId, pin);
      return {};
    },
    'authenticators.usePin': async (caller, { operationId }) => {
      operations.usePin(caller.clientId, operationId);
      return {};
    },
    'authenticators.reconnect': async (caller, input) => {
      await reconnect(services, caller, input);
      return {};
    },
    'operations.cancel': async (caller, { operationId }) => {
      operations.cancel(caller.clientId, operationId);
      return {};
    },
    'enrol.begin': (caller, input) => beginEnrolment(services, caller, input),
    'enrol.rename': (caller, input) => renameEnrolment(services, caller, input),
    'enrol.get': (caller, { enrolmentId }) => getEnrolment(services, caller, enrolmentId),
    'enrol.register': (caller, input) => registerEnrolment(services, caller, input),
    'enrol.commitFirst': (caller, { enrolmentId }) => commitFirst(services, caller, enrolmentId),
    'enrol.cancel': async (caller, { enrolmentId }) => {
      await cancelEnrolment(services, caller, enrolmentId);
      return {};
    },
    'actions.begin': (caller, input) => beginAction(services, caller, input),
    'actions.commit': (caller, input) => commitAction(services, caller, input),
    'credentials.list': (caller, input) => listOwnCredentials(services, person(caller), input),
    'credentials.get': (caller, { id }) => getOwnCredential(services, person(caller), id),
  };
}

export type Route = (caller: Caller, name: string, input: unknown, size: number) => Promise<Reply<unknown>>;

/** The way in: name, size, access and input are checked before a use case runs, its output after. */
export function createRouter(services: Services): Route {
  const handlers = handlersOf(services);

  async function run<N extends ProcedureName>(name: N, caller: Caller, raw: unknown): Promise<unknown> {
    const { access, input, output } = schemas[name];
    if (access === 'person') services.sessions.require(caller.clientId);
    const parsed = input.safeParse(raw);
    if (!parsed.success) throw inputError(parsed.error.issues);
    return output.parse(await handlers[name](caller, parsed.data));
  }

  return async (caller, name, input, size) => {
    try {
      if (size > MESSAGE_LIMIT) throw new KeywrightError('input.too_large');
      if (!isProcedure(name)) throw new KeywrightError('input.unknown_procedure');
      return { ok: true, value: await run(name, caller, input) };
    } catch (error) {
      return { ok: false, error: toKeywrightError(services, name, error).toBody() };
    }
  };
}

function isProcedure(name: string): name is ProcedureName {
  return Object.hasOwn(procedures, name);
}

/** Names the first field that is wrong. What was typed is not repeated: it may be a secret. */
function inputError(issues: readonly z.core.$ZodIssue[]): KeywrightError {
  const issue = issues[0];
  const field = issue?.path.map(String).join('.') ?? '';
  const problem = issue?.code === 'custom' ? issue.params?.problem : undefined;
  if (typeof problem === 'string') {
    return new KeywrightError('input.name_invalid', { details: { field, problem } });
  }
  return new KeywrightError('input.invalid', { details: { field, problem: issue?.code ?? 'unknown' } });
}

function toKeywrightError(services: Services, procedure: string, error: unknown): KeywrightError {
  const known = asStoreError(error);
  if (known instanceof KeywrightError) {
    if (known.cause !== undefined) services.log.warn({ procedure, code: known.code, err: known.cause });
    return known;
  }
  const id = newId();
  services.log.error({ procedure, id, err: error });
  return new KeywrightError('internal', { details: { id } });
}
