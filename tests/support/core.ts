import { randomUUID } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { type Caller, type Core, createCore } from '../../main/app/index.ts';
import type { Clock, CtapSimulator } from '../../main/platform/index.ts';
import type {
  ActionRequest,
  EventName,
  OperationStatus,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
  Reply,
} from '../../shared/contract/index.ts';
import type { CredentialKind } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { tempFolder } from './temp.ts';

/** A clock that tests set. */
export class TestClock implements Clock {
  time = 1_790_000_000_000;
  now(): number {
    return this.time;
  }
}

export const PIN = 'correct horse';

/** What a person does while an authenticator waits. Each may be replaced by a test. */
export type Behaviour = {
  pin?: (status: OperationStatus) => string | null;
  /** Whether to click "Touch" for a software key; security keys are touched by the test. */
  touch?: (status: OperationStatus) => boolean;
  /** Told of every status. */
  see?: (status: OperationStatus) => void;
};

/** One window on a real core, with someone in front of it who types PINs and clicks "Touch". */
export class Window {
  readonly core: Core;
  readonly caller: Caller;
  readonly seen: OperationStatus[] = [];
  readonly events: EventName[] = [];
  behaviour: Behaviour = {};

  constructor(core: Core, clientId: string = randomUUID()) {
    this.core = core;
    this.caller = { clientId, host: 'web', origin: 'http://localhost:4000' };
    core.subscribe((event) => {
      if (event.clientId !== null && event.clientId !== clientId) return;
      this.events.push(event.event);
      if (event.event === 'operation.status') this.#react(event.payload);
    });
  }

  #react(status: OperationStatus): void {
    this.seen.push(status);
    this.behaviour.see?.(status);
    const { operationId } = status;
    if (status.phase === 'pin' && status.pin !== null) {
      const { questionId } = status.pin;
      const pin = this.behaviour.pin === undefined ? PIN : this.behaviour.pin(status);
      if (pin !== null)
        setImmediate(() => this.reply('authenticators.pin', { operationId, questionId, pin }));
    }
    if (
      status.phase === 'touch' &&
      status.authenticator?.software &&
      (this.behaviour.touch?.(status) ?? true)
    ) {
      setImmediate(() => this.reply('authenticators.touch', { operationId }));
    }
  }

  reply<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<Reply<unknown>> {
    return this.core.call(this.caller, name, input);
  }

  /** Calls a procedure; throws the KeywrightError it answers with. */
  async call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>> {
    const reply = await this.reply(name, input);
    if (!reply.ok) throw KeywrightError.fromBody(reply.error);
    return reply.value as ProcedureOutput<N>;
  }

  async register(
    name: string,
    first?: { person: string; workspace: string },
    kind: CredentialKind = 'software',
  ) {
    const begun = await this.call('enrol.begin', { kind, name, ...first });
    return this.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
  }

  async createFirst(name = 'First key', kind: CredentialKind = 'software') {
    const who = { person: 'Sample Person', workspace: 'Test workspace' };
    const enrolment = await this.register(name, who, kind);
    return (await this.call('enrol.commitFirst', { enrolmentId: enrolment.id })).credential;
  }

  async sign(challengeId: string, credentialId: string) {
    const operationId = randomUUID();
    return (await this.call('authenticators.sign', { operationId, challengeId, credentialId })).assertion;
  }

  /** Carries out a request on a credential, signed. */
  async act(request: ActionRequest, signerId: string) {
    const { credential } = await this.signed(request, signerId);
    if (credential === null) throw new Error('the action was not about a credential');
    return credential;
  }

  /** Carries out any request, signed. */
  async signed(request: ActionRequest, signerId: string) {
    const action = await this.call('actions.begin', { request });
    const assertion = await this.sign(action.challengeId, signerId);
    return this.call('actions.commit', { actionId: action.actionId, request: action.request, assertion });
  }

  async createNext(name: string, signerId: string, kind: CredentialKind = 'software') {
    const enrolment = await this.register(name, undefined, kind);
    expect(enrolment.request).not.toBeNull();
    if (enrolment.request === null) throw new Error('no request to sign');
    return this.act(enrolment.request, signerId);
  }

  setState(id: string, state: 'active' | 'inactive', signerId: string) {
    return this.act(stateRequest(id, state), signerId);
  }

  async signIn(credentialId: string) {
    const { challengeId } = await this.call('signIn.begin', {});
    return this.call('signIn.commit', { challengeId, assertion: await this.sign(challengeId, credentialId) });
  }
}

export const stateRequest = (id: string, state: 'active' | 'inactive'): ActionRequest => ({
  operation: 'credentials.setState',
  method: 'PUT',
  resource: `/credentials/${id}/state`,
  body: { state },
});

export const renameRequest = (id: string, name: string): ActionRequest => ({
  operation: 'credentials.rename',
  method: 'PUT',
  resource: `/credentials/${id}/name`,
  body: { name },
});

/** A running core on a real store in a folder of its own; closed when the test ends. */
export async function startCore(
  options: { folder?: string; clock?: Clock; simulators?: CtapSimulator[] } = {},
): Promise<{
  core: Core;
  window: Window;
  folder: string;
}> {
  const folder = options.folder ?? tempFolder();
  const core = await createCore({
    dataFolder: folder,
    host: 'web',
    simulators: options.simulators ?? [],
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  let open = true;
  const close = core.close;
  core.close = async () => {
    if (open) await close();
    open = false;
  };
  onTestFinished(() => core.close());
  return { core, window: new Window(core), folder };
}

/** Expects a call to be refused with this code; gives the error back. */
export async function refused(promise: Promise<unknown>, code: string): Promise<KeywrightError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KeywrightError);
  if (!(error instanceof KeywrightError)) throw new Error(`expected ${code}`);
  expect(error.code).toBe(code);
  return error;
}
