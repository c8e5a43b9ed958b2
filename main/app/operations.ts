import type { OperationStatus } from '../../shared/contract/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import type { Conversation, PinAsk } from '../authenticators/index.ts';

type Running = {
  readonly clientId: string;
  readonly controller: AbortController;
  /** For software keys: the key that `authenticators.touch` touches, once it is claimed. */
  authenticatorRef: string | null;
  /** Present while a PIN is asked for. */
  givePin: ((pin: Uint8Array) => void) | null;
  /** Settles, never rejects, when the ceremony is over and its authenticator closed. */
  ended: Promise<void>;
};

/** What an operation is done with, as its status shows it. */
export type OperationSubject = {
  operationId: string;
  clientId: string;
  authenticator: OperationStatus['authenticator'];
};

/** What the work of an operation can do with it. */
export type OperationControl = {
  talk: Conversation;
  /** Ends the operation with `auth.challenge_expired` after so many ms. */
  expireAfter(remaining: number): void;
  /**
   * Takes an authenticator for this operation. Whoever still owes it a PIN gives way.
   * @throws KeywrightError `authenticator.busy` when another window is further than that
   */
  claim(authenticatorRef: string): Promise<void>;
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
      givePin: null,
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
        claim: (ref) => this.#claim(running, ref),
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

  /** The authenticator that a running operation uses. @throws KeywrightError `input.wrong_step` */
  authenticatorOf(clientId: string, operationId: string): string {
    const ref = this.#find(clientId, operationId)?.authenticatorRef;
    if (ref === undefined || ref === null) throw new KeywrightError('input.wrong_step');
    return ref;
  }

  /** Hands a PIN to the ceremony that asked for it. @throws KeywrightError `input.wrong_step` when none did */
  givePin(clientId: string, operationId: string, pin: string): void {
    const running = this.#find(clientId, operationId);
    if (running?.givePin == null) throw new KeywrightError('input.wrong_step');
    running.givePin(new TextEncoder().encode(pin.normalize('NFC')));
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

  #conversation(subject: OperationSubject, running: Running): Conversation {
    const { operationId, clientId, authenticator } = subject;
    const { signal } = running.controller;
    let accepted = false;
    return {
      signal,
      status: ({ phase, pinAccepted, deadline }) => {
        accepted = pinAccepted;
        this.#emit(clientId, { operationId, phase, authenticator, pin: null, pinAccepted, deadline });
      },
      askPin: (ask: PinAsk) =>
        new Promise<Uint8Array>((resolve, reject) => {
          signal.throwIfAborted();
          const stop = () => {
            running.givePin = null;
            reject(signal.reason);
          };
          signal.addEventListener('abort', stop, { once: true });
          running.givePin = (pin) => {
            running.givePin = null;
            signal.removeEventListener('abort', stop);
            resolve(pin);
          };
          this.#emit(clientId, {
            operationId,
            phase: 'pin',
            authenticator,
            pin: ask,
            pinAccepted: accepted,
            deadline: null,
          });
        }),
    };
  }
}
