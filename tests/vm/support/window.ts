import { randomUUID } from 'node:crypto';
import { type Caller, type Core, createCore } from '../../../main/app/index.ts';
import type {
  ActionRequest,
  OperationStatus,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
} from '../../../shared/contract/index.ts';
import type { CredentialKind } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { PIN } from './person.ts';

/** What the person at the window does; software keys are touched by themselves. */
export type AtWindow = {
  /** Told once for each phase that an operation comes to. */
  see?: (status: OperationStatus) => unknown;
  /** The PIN to type, or null to type none. */
  pin?: () => string | null;
};

/** A window on a core of its own, as the page of the application uses it. */
export class Window {
  readonly #core: Core;
  readonly #caller: Caller = { clientId: randomUUID(), host: 'web', origin: 'http://localhost:4000' };
  readonly statuses: OperationStatus[] = [];
  person: AtWindow = {};
  /** Names of the keys that are shown as plugged in, each time that they changed. */
  readonly keys: string[][] = [];

  private constructor(core: Core) {
    this.#core = core;
    core.subscribe(({ event, payload }) => {
      if (event === 'operation.status') this.#react(payload);
      if (event === 'securityKeys.changed') this.keys.push(payload.devices.map(({ name }) => name));
    });
  }

  /** Opens the data folder and a window on it. */
  static async open(dataFolder: string): Promise<Window> {
    return new Window(await createCore({ dataFolder, host: 'web' }));
  }

  /** The phases that were shown, each once in a row. */
  get phases(): string[] {
    const phases = this.statuses.map(({ phase }) => phase);
    return phases.filter((phase, index) => phase !== phases[index - 1]);
  }

  close(): Promise<void> {
    return this.#core.close();
  }

  /** Calls a procedure. @throws KeywrightError that it answers with */
  async call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>> {
    const reply = await this.#core.call(this.#caller, name, input);
    if (!reply.ok) throw KeywrightError.fromBody(reply.error);
    return reply.value as ProcedureOutput<N>;
  }

  /** Steps 2 and 3 of the wizard: a name, and the authenticator makes the passkey. */
  async register(kind: CredentialKind, name: string, first?: { person: string; workspace: string }) {
    const { id } = await this.call('enrol.begin', { kind, name, ...first });
    return this.call('enrol.register', { operationId: randomUUID(), enrolmentId: id });
  }

  /** The whole wizard for the first credential. */
  async createFirst(kind: CredentialKind, name: string) {
    const { id } = await this.register(kind, name, { person: 'Ada', workspace: 'Guest' });
    return (await this.call('enrol.commitFirst', { enrolmentId: id })).credential;
  }

  /** The whole wizard for another credential, signed with one that is there. */
  async createNext(kind: CredentialKind, name: string, signerId: string) {
    const { request } = await this.register(kind, name);
    if (request === null) throw new Error('There is no request to sign.');
    return this.act(request, signerId);
  }

  /** Carries out a request, signed with a credential. */
  async act(request: ActionRequest, signerId: string) {
    const action = await this.call('actions.begin', { request });
    const assertion = await this.#sign(action.challengeId, signerId);
    const signed = { actionId: action.actionId, request: action.request, assertion };
    const { credential } = await this.call('actions.commit', signed);
    if (credential === null) throw new Error('It was not about a credential.');
    return credential;
  }

  async signIn(credentialId: string) {
    const { challengeId } = await this.call('signIn.begin', {});
    return this.call('signIn.commit', {
      challengeId,
      assertion: await this.#sign(challengeId, credentialId),
    });
  }

  async #sign(challengeId: string, credentialId: string) {
    const operationId = randomUUID();
    return (await this.call('authenticators.sign', { operationId, challengeId, credentialId })).assertion;
  }

  #react(status: OperationStatus): void {
    const { operationId, phase, waitingFor } = status;
    const last = this.statuses.at(-1);
    this.statuses.push(status);
    const same = last?.operationId === operationId && last.phase === phase && last.waitingFor === waitingFor;
    // A PIN that was wrong is asked for again.
    if (same && phase !== 'pin') return;
    void this.person.see?.(status);
    if (phase === 'pin' && status.pin !== null) {
      const { questionId } = status.pin;
      const pin = this.person.pin === undefined ? PIN : this.person.pin();
      if (pin !== null) setImmediate(() => this.call('authenticators.pin', { operationId, questionId, pin }));
    }
    if (phase === 'touch' && status.authenticator?.software) {
      setImmediate(() => this.call('authenticators.touch', { operationId }));
    }
  }
}
