import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  type CallOptions,
  type ClientPin,
  CtapError,
  MAX_PIN_BYTES,
  type PinUvAuthToken,
} from '../../ctap/index.ts';
import { pinProblem } from './pin-input.ts';
import type { Conversation, PinAsk } from './types.ts';

/** Shortest PIN of all, code points. CTAP 2.2 §6.5.1. */
const SHORTEST_PIN = 4;

/** What a token is wanted for. */
export type TokenWish = { permissions: number; rpId: string | undefined };

/**
 * The conversation about the PIN: sets one where there is none, asks again where it was wrong, and ends with a
 * token. CTAP 2.2 §6.5. Every PIN is wiped as soon as it was used.
 */
export class PinConversation {
  readonly #info: AuthenticatorInfo;
  readonly #clientPin: ClientPin;
  readonly #talk: Conversation;
  readonly #call: CallOptions;

  constructor(clientPin: ClientPin, info: AuthenticatorInfo, talk: Conversation) {
    this.#info = info;
    this.#clientPin = clientPin;
    this.#talk = talk;
    this.#call = { signal: talk.signal };
  }

  /**
   * Asks for the PIN until it is right.
   * @throws KeywrightError `authenticator.pin_soft_locked`, `.pin_locked`, `.cancelled` and those of the transport
   */
  async token(wish: TokenWish): Promise<PinUvAuthToken> {
    if (this.#info.options.clientPin !== true) return this.#setPin(wish);
    if (this.#info.forcePINChange) return this.#changePin(wish);
    return this.#withPin((pin) => this.#requestToken(pin, wish));
  }

  /** No PIN yet: a new one, which also gives the first token. */
  async #setPin(wish: TokenWish): Promise<PinUvAuthToken> {
    return this.#withNewPin('set', async (pin) => {
      await this.#clientPin.setPin(pin, this.#call);
      return this.#requestToken(pin, wish);
    });
  }

  /** forcePINChange: the old PIN, then a new one. CTAP 2.2 §6.5.5.6. */
  async #changePin(wish: TokenWish): Promise<PinUvAuthToken> {
    return this.#withPin((oldPin) =>
      this.#withNewPin('change', async (newPin) => {
        await this.#clientPin.changePin(oldPin, newPin, this.#call);
        return this.#requestToken(newPin, wish);
      }),
    );
  }

  /** Asks for the PIN that the authenticator has, again and again while it is wrong. */
  async #withPin<T>(use: (pin: Uint8Array) => Promise<T>): Promise<T> {
    // A PIN that must be changed may be one that was set when shorter ones were allowed.
    const minLength = this.#info.forcePINChange ? SHORTEST_PIN : this.#info.minPINLength;
    for (let problem: PinAsk['problem'] = null; ; ) {
      const triesLeft = await this.#triesLeft();
      const pin = await this.#ask({
        ask: 'enter',
        minLength,
        maxLength: null,
        complexity: false,
        triesLeft,
        problem,
      });
      try {
        // What cannot be the PIN does not cost a try.
        problem = pinProblem(pin, minLength);
        if (problem === null) return await use(pin);
      } catch (error) {
        if (!CtapError.is(error, 'PIN_INVALID')) throw await this.#withTries(error);
        problem = 'wrong';
      } finally {
        pin.fill(0);
      }
    }
  }

  /** Asks for a new PIN, again and again while it breaks the rules. */
  async #withNewPin<T>(ask: 'set' | 'change', use: (pin: Uint8Array) => Promise<T>): Promise<T> {
    const { minPINLength: minLength, maxPINLength, pinComplexityPolicy } = this.#info;
    const maxLength = maxPINLength < MAX_PIN_BYTES ? maxPINLength : null;
    const complexity = pinComplexityPolicy === true;
    for (let problem: PinAsk['problem'] = null; ; ) {
      const pin = await this.#ask({ ask, minLength, maxLength, complexity, triesLeft: null, problem });
      try {
        problem = pinProblem(pin, minLength, maxLength);
        if (problem === null) return await use(pin);
      } catch (error) {
        if (!CtapError.is(error, 'PIN_POLICY_VIOLATION')) throw error;
        problem = 'refused';
      } finally {
        pin.fill(0);
      }
    }
  }

  async #ask(ask: Omit<PinAsk, 'maxBytes'>): Promise<Uint8Array> {
    const pin = await this.#talk.askPin({ ...ask, maxBytes: MAX_PIN_BYTES });
    this.#talk.status({ phase: 'working', verifiedBy: null, deadline: null });
    return pin;
  }

  async #triesLeft(): Promise<number> {
    const { retries, powerCycleState } = await this.#clientPin.getPinRetries(this.#call);
    const details = { triesLeft: retries };
    if (retries === 0) throw new KeywrightError('authenticator.pin_locked', { details });
    if (powerCycleState) throw new KeywrightError('authenticator.pin_soft_locked', { details });
    return retries;
  }

  /** A lock tells how many tries are left for after it. */
  async #withTries(error: unknown): Promise<unknown> {
    if (!CtapError.is(error, 'PIN_AUTH_BLOCKED') && !CtapError.is(error, 'PIN_BLOCKED')) return error;
    const { retries } = await this.#clientPin.getPinRetries(this.#call);
    const code = CtapError.is(error, 'PIN_BLOCKED')
      ? 'authenticator.pin_locked'
      : 'authenticator.pin_soft_locked';
    return new KeywrightError(code, { details: { triesLeft: retries }, cause: error });
  }

  /** With permissions where the authenticator knows them, else the older token. CTAP 2.2 §6.5.5.7. */
  #requestToken(pin: Uint8Array, { permissions, rpId }: TokenWish): Promise<PinUvAuthToken> {
    return this.#info.options.pinUvAuthToken === true
      ? this.#clientPin.getPinUvAuthTokenUsingPinWithPermissions(pin, permissions, rpId, this.#call)
      : this.#clientPin.getPinToken(pin, this.#call);
  }
}
