import type { OperationStatus } from '../../shared/contract/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { type Conversation, pinToBytes } from '../authenticators/index.ts';
import { newId } from '../platform/index.ts';

type Running = {
  readonly clientId: string;
  readonly controller: AbortController;
  /** The authenticator that it uses, once it is claimed. */
  authenticatorRef: string | null;
  /** What is shown of it. */
  authenticator: OperationStatus['authenticator'];
  /** Present while a PIN is asked for. */
  givePin: { questionId: string; give: (pin: Uint8Array) => void } | null;
  /** Present while a built-in verification waits and the PIN is possible too. */
  preferPin: (() => void) | null;
  /** Settles, never rejects, when the ceremony is over and its authenticator closed. */
  ended: Promise<void>;
};

/** Whose operation it is. */
export type OperationSubject = { operationId: string; clientId: string };

/** What a status shows while it is not known yet which authenticator it will be. */
export type Search =
  | { phase: 'insert'; waitingFor: NonNullable<OperationStatus['waitingFor']> }
  | { phase: 'choose'; candidates: OperationStatus['candidates'] };

/** What the work of an operation can do with it. */
export type OperationControl = {
  talk: Conversation;
  /** Ends the operation with `auth.challenge_expired` after so many ms. */
  expireAfter(remaining: number): void;
  /**
   * Takes an authenticator for this operation and shows it from now on. Whoever still owes it a PIN gives way.
   * @throws KeywrightError `authenticator.busy` when another window is further than that
   */
  claim(authenticatorRef: string, shown: NonNullable<OperationStatus['authenticator']>): Promise<void>;
  /** Gives the authenticator back; another one may be claimed. */
  release(): void;
  /** Shows that the authenticator is looked for. */
  search(search: Search): void;
};

/** Long work with an authenticator: shown by events, answered by calls, cancelled by id. */
export class Operations {
  readonly #running = new Map<string, Running>();
  readonly #emit: (clientId: string, status: OperationStatus) => void;

  constructor(emit: (clientId: string, status: OperationStatus) => void) {
    this.#emit = emit;
  }

  /**
   * Runs a ceremony under an operation id, which can be cancelled from this moment on. A window has one at a
   * time: what it began before (the page was reloaded, say) is cancelled, and this one waits for its end.
   * @throws KeywrightError `authenticator.busy` when the id is in use; whatever `work` throws
   */
  async run<T>(subject: OperationSubject, work: (control: OperationControl) => Promise<T>): Promise<T> {
    if (this.#running.has(subject.operationId)) throw new KeywrightError('authenticator.busy');
    const earlier = this.#of(subject.clientId);
    this.cancelAllOf(subject.clientId);
    const controller = new AbortController();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const running: Running = {
      clientId: subject.clientId,
      controller,
      authenticatorRef: null,
      authenticator: null,
      givePin: null,
      preferPin: null,
      ended,
    };
    this.#running.set(subject.operationId, running);
    let expiry: NodeJS.Timeout | undefined;
    try {
      await Promise.all(earlier.map((before) => before.ended));
      controller.signal.throwIfAborted();
      return await work({
        talk: this.#conversation(subject, running),
        expireAfter: (remaining) => {
          const expired = () => controller.abort(new KeywrightError('auth.challenge_expired'));
          expiry = setTimeout(expired, remaining);
        },
        claim: async (ref, shown) => {
          await this.#claim(running, ref);
          running.authenticator = shown;
        },
        release: () => {
          running.authenticatorRef = null;
          running.authenticator = null;
          running.givePin = null;
          running.preferPin = null;
        },
        search: (search) => this.#tell(subject, running, { ...search, verifiedBy: null }),
      });
    } catch (error) {
      // The authenticator only knows that it was stopped; the reason is ours.
      if (controller.signal.aborted) throw controller.signal.reason;
      throw error;
    } finally {
      clearTimeout(expiry);
      this.#running.delete(subject.operationId);
      end();
    }
  }

  cancel(clientId: string, operationId: string): void {
    this.#find(clientId, operationId)?.controller.abort(new KeywrightError('authenticator.cancelled'));
  }

  cancelAllOf(clientId: string): void {
    for (const running of this.#of(clientId)) {
      running.controller.abort(new KeywrightError('authenticator.cancelled'));
    }
  }

  /** Cancels what a window runs and waits until its authenticators are closed. */
  async endAllOf(clientId: string): Promise<void> {
    this.cancelAllOf(clientId);
    await Promise.all(this.#of(clientId).map((running) => running.ended));
  }

  /** Cancels everything and waits until every authenticator is closed. */
  async close(): Promise<void> {
    const all = [...this.#running.values()];
    for (const running of all) running.controller.abort(new KeywrightError('authenticator.cancelled'));
    await Promise.all(all.map((running) => running.ended));
  }

  /** The software key that a running operation uses. @throws KeywrightError `input.wrong_step` */
  softwareKeyOf(clientId: string, operationId: string): string {
    const running = this.#find(clientId, operationId);
    const ref = running?.authenticator?.software === true ? running.authenticatorRef : null;
    if (ref === null) throw new KeywrightError('input.wrong_step');
    return ref;
  }

  /** Hands a PIN to the question it was typed for. @throws KeywrightError `input.wrong_step` when it is not asked now */
  givePin(clientId: string, operationId: string, questionId: string, pin: string): void {
    const asked = this.#find(clientId, operationId)?.givePin ?? null;
    // It was typed for another question, perhaps of another key.
    if (asked?.questionId !== questionId) throw new KeywrightError('input.wrong_step');
    asked.give(pinToBytes(pin));
  }

  /** Asks for the PIN instead of a fingerprint. @throws KeywrightError `input.wrong_step` where it is not possible */
  usePin(clientId: string, operationId: string): void {
    const running = this.#find(clientId, operationId);
    if (running?.preferPin == null) throw new KeywrightError('input.wrong_step');
    running.preferPin();
  }

  /** True when another window has an operation on this authenticator. */
  isUsedByAnother(clientId: string, authenticatorRef: string): boolean {
    const running = [...this.#running.values()];
    return running.some((one) => one.clientId !== clientId && one.authenticatorRef === authenticatorRef);
  }

  async #claim(running: Running, ref: string): Promise<void> {
    for (;;) {
      const holder = [...this.#running.values()].find(
        (other) => other !== running && other.authenticatorRef === ref,
      );
      if (holder === undefined) break;
      if (holder.givePin === null) throw new KeywrightError('authenticator.busy');
      holder.controller.abort(new KeywrightError('authenticator.busy'));
      await holder.ended;
    }
    running.controller.signal.throwIfAborted();
    running.authenticatorRef = ref;
  }

  #of(clientId: string): Running[] {
    return [...this.#running.values()].filter((running) => running.clientId === clientId);
  }

  #find(clientId: string, operationId: string): Running | undefined {
    const running = this.#running.get(operationId);
    return running?.clientId === clientId ? running : undefined;
  }

  #tell(
    { operationId, clientId }: OperationSubject,
    running: Running,
    update: Pick<OperationStatus, 'phase' | 'verifiedBy'> & Partial<OperationStatus>,
  ): void {
    this.#emit(clientId, {
      operationId,
      authenticator: running.authenticator,
      waitingFor: null,
      candidates: [],
      pin: null,
      verification: null,
      deadline: null,
      ...update,
    });
  }

  #conversation(subject: OperationSubject, running: Running): Conversation {
    const { signal } = running.controller;
    let verifiedBy: OperationStatus['verifiedBy'] = null;
    return {
      signal,
      status: (update) => {
        verifiedBy = update.verifiedBy;
        running.preferPin = null;
        this.#tell(subject, running, update);
      },
      askPin: (ask) =>
        new Promise<Uint8Array>((resolve, reject) => {
          signal.throwIfAborted();
          const stop = () => {
            running.givePin = null;
            reject(signal.reason);
          };
          signal.addEventListener('abort', stop, { once: true });
          running.preferPin = null;
          const questionId = newId();
          running.givePin = {
            questionId,
            give: (pin) => {
              running.givePin = null;
              signal.removeEventListener('abort', stop);
              resolve(pin);
            },
          };
          this.#tell(subject, running, { phase: 'pin', verifiedBy, pin: { questionId, ...ask } });
        }),
      askVerification: (verification) => {
        const preferred = new AbortController();
        running.preferPin = verification.pinPossible ? () => preferred.abort() : null;
        this.#tell(subject, running, { phase: 'verify', verifiedBy, verification });
        return preferred.signal;
      },
    };
  }
}
