import type { OperationStatus } from '../../shared/contract/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import type { Conversation, PinAsk } from '../authenticators/index.ts';

type Running = {
  readonly clientId: string;
  readonly controller: AbortController;
  readonly authenticatorRef: string | null;
  givePin: ((pin: Uint8Array) => void) | null;
  /** Settles, never rejects, when the ceremony is over and its authenticator closed. */
  ended: Promise<void>;
};

/** What an operation is done with, as its status shows it. */
export type OperationSubject = {
  operationId: string;
  clientId: string;
  authenticator: OperationStatus['authenticator'];
  /** For software keys: the key that `authenticators.touch` touches. */
  authenticatorRef: string | null;
};

/** Long work with an authenticator: shown by events, answered by calls, cancelled by id. */
export class Operations {
  readonly #running = new Map<string, Running>();
  readonly #emit: (clientId: string, status: OperationStatus) => void;

  constructor(emit: (clientId: string, status: OperationStatus) => void) {
    this.#emit = emit;
  }

  /**
   * Runs a ceremony under an operation id. A window has one at a time: what it began before (the page was
   * reloaded, say) is cancelled first.
   * @param remaining ms until the challenge expires, when the operation ends with `auth.challenge_expired`
   * @throws KeywrightError `authenticator.busy` when another window uses this authenticator
   */
  async run<T>(
    subject: OperationSubject,
    remaining: number,
    work: (talk: Conversation) => Promise<T>,
  ): Promise<T> {
    await this.endAllOf(subject.clientId);
    const ref = subject.authenticatorRef;
    const taken = [...this.#running.values()].some((other) => ref !== null && other.authenticatorRef === ref);
    if (taken || this.#running.has(subject.operationId)) throw new KeywrightError('authenticator.busy');
    const controller = new AbortController();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const running: Running = {
      clientId: subject.clientId,
      controller,
      authenticatorRef: ref,
      givePin: null,
      ended,
    };
    this.#running.set(subject.operationId, running);
    const expiry = setTimeout(
      () => controller.abort(new KeywrightError('auth.challenge_expired')),
      remaining,
    );
    try {
      return await work(this.#conversation(subject, running));
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
