import { z } from 'zod';
import { success, type Transaction } from '../../../main/authenticators/software/device-context.ts';
import type { MessageHandler } from '../../../main/authenticators/software/hid-responder.ts';
import { Parameters } from '../../../main/authenticators/software/parameters.ts';
import { permissionsOf, withSecret } from '../../../main/authenticators/software/pin-commands.ts';
import {
  type CborMap,
  COMMAND,
  CtapError,
  KeyAgreementKey,
  PERMISSION,
  PIN_SUBCOMMAND,
  PIN_UV_AUTH_PROTOCOLS,
  STATUS,
} from '../../../main/ctap/index.ts';
import { answering, changeInfo, type Layer, messageOf, parametersOf, type TestContext } from './messages.ts';

const MAX_UV_RETRIES = 5;
const PREFERRED_ATTEMPTS = 3;
const FINGERPRINT_INTERNAL = 0x02;

/** Numbers of the parameters of the two commands. CTAP 2.2 §6.1, §6.2. */
const PLACES = {
  [COMMAND.makeCredential]: { options: 0x07, param: 0x08, protocol: 0x09, hash: 0x01 },
  [COMMAND.getAssertion]: { options: 0x05, param: 0x06, protocol: 0x07, hash: 0x02 },
} as const;

/**
 * A fingerprint sensor in the key. CTAP 2.2 §6.5.5.3, §6.5.5.7.3, and the option `uv` of makeCredential and
 * getAssertion. Five bad fingers in a row block it until the PIN was given.
 * @param enrolled false: no finger is known yet
 */
export function builtInUv(enrolled = true): Layer {
  return (context, inner) => {
    if (!enrolled) return withInfo(inner, { uv: false });
    const sensor = new BuiltInUv(context, inner);
    return withInfo(
      answering((message, running) => sensor.handle(message, running)),
      { uv: true },
    );
  };
}

function withInfo(inner: MessageHandler, options: Record<string, boolean>): MessageHandler {
  return async (message, running) => {
    const answer = await inner(message, running);
    if (message[0] !== COMMAND.getInfo) return answer;
    return changeInfo(answer, { options, fields: { 17: PREFERRED_ATTEMPTS, 18: FINGERPRINT_INTERNAL } });
  };
}

/** A finger is a verification that is set up, whether there is a PIN or not. CTAP 2.2 §6.10.2, §6.11. */
function requireProof(present: boolean): void {
  if (!present) throw new CtapError(STATUS.PUAT_REQUIRED);
}

class BuiltInUv {
  readonly #context: TestContext;
  readonly #inner: MessageHandler;
  #retries = MAX_UV_RETRIES;

  constructor(context: TestContext, inner: MessageHandler) {
    this.#context = context;
    this.#inner = inner;
  }

  async handle(message: Uint8Array, running: Transaction): Promise<Uint8Array> {
    const [command] = message;
    switch (command) {
      case COMMAND.makeCredential:
      case COMMAND.getAssertion:
        return this.#ceremony(command, message, running);
      case COMMAND.clientPIN:
        return this.#clientPin(message, running);
      case COMMAND.config:
        requireProof(parametersOf(message).has(0x04));
        return this.#inner(message, running);
      case COMMAND.largeBlobs: {
        const parameters = parametersOf(message);
        requireProof(parameters.has(0x05) || !parameters.has(0x02));
        return this.#inner(message, running);
      }
      case COMMAND.reset: {
        const answer = await this.#inner(message, running);
        if (answer[0] === STATUS.SUCCESS) this.#retries = MAX_UV_RETRIES;
        return answer;
      }
      default:
        return this.#inner(message, running);
    }
  }

  async #clientPin(message: Uint8Array, running: Transaction): Promise<Uint8Array> {
    const parameters = new Parameters(message.subarray(1));
    const subCommand = parameters.required(0x02, z.int());
    if (subCommand === PIN_SUBCOMMAND.getUVRetries) return success(new Map([[0x05, this.#retries]]));
    if (subCommand === PIN_SUBCOMMAND.getPinUvAuthTokenUsingUvWithPermissions) {
      return this.#tokenForFinger(parameters, running);
    }
    const answer = await this.#inner(message, running);
    // The right PIN unblocks the sensor.
    const tries: number[] = [
      PIN_SUBCOMMAND.getPinToken,
      PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions,
      PIN_SUBCOMMAND.changePIN,
    ];
    if (answer[0] === STATUS.SUCCESS && tries.includes(subCommand)) this.#retries = MAX_UV_RETRIES;
    return answer;
  }

  async #tokenForFinger(parameters: Parameters, running: Transaction): Promise<Uint8Array> {
    const { pin } = this.#context;
    const protocol = pin.protocol(parameters.required(0x01, z.int()));
    const peer = parameters.required(0x03, KeyAgreementKey);
    const { permissions, rpId } = permissionsOf(parameters);
    return withSecret(this.#context, protocol, peer, async (secret) => {
      await this.#verify(running);
      const token = pin.issueToken(protocol, permissions, rpId);
      return success(new Map([[0x02, protocol.encrypt(secret, token)]]));
    });
  }

  /**
   * `uv: true` without a proof: the finger stands for it. Inside, it becomes a token for this request, so that the
   * authenticator does the rest. CTAP 2.2 §6.1.2 step 11, §6.2.2 step 6.
   */
  async #ceremony(
    command: typeof COMMAND.makeCredential | typeof COMMAND.getAssertion,
    message: Uint8Array,
    running: Transaction,
  ): Promise<Uint8Array> {
    const parameters = parametersOf(message);
    const places = PLACES[command];
    if (parameters.has(places.param)) return this.#inner(message, running);
    const options = parameters.get(places.options);
    if (!(options instanceof Map) || options.get('uv') !== true) {
      this.#requireForResident(command, options);
      return this.#inner(message, running);
    }
    await this.#verifyPatiently(running);
    options.delete('uv');
    this.#prove(command, parameters);
    return this.#inner(messageOf(command, parameters), running);
  }

  /** A finger is a verification that is set up, whether there is a PIN or not. CTAP 2.2 §6.1.2 step 10. */
  #requireForResident(command: number, options: unknown): void {
    const rk = options instanceof Map && options.get('rk') === true;
    if (command === COMMAND.makeCredential && rk) throw new CtapError(STATUS.PUAT_REQUIRED);
  }

  #prove(command: keyof typeof PLACES, parameters: CborMap): void {
    const places = PLACES[command];
    const [protocol] = PIN_UV_AUTH_PROTOCOLS;
    const hash = parameters.get(places.hash);
    if (protocol === undefined || !(hash instanceof Uint8Array))
      throw new CtapError(STATUS.MISSING_PARAMETER);
    const token = this.#context.pin.issueToken(protocol, PERMISSION.mc | PERMISSION.ga, null);
    parameters.set(places.param, protocol.authenticate(token, hash));
    parameters.set(places.protocol, protocol.version);
  }

  /** performBuiltInUv with inner retries: asks for fingers until one is right or the sensor is blocked. */
  async #verifyPatiently(running: Transaction): Promise<void> {
    for (;;) {
      try {
        return await this.#verify(running);
      } catch (error) {
        if (CtapError.is(error, 'UV_INVALID')) continue;
        // Where there is a PIN, the platform may go on with it.
        const usePin = CtapError.is(error, 'UV_BLOCKED') && this.#context.vault.pinSet;
        throw usePin ? new CtapError(STATUS.PUAT_REQUIRED) : error;
      }
    }
  }

  /** performBuiltInUv: one finger. CTAP 2.2 §6.5.3.2. */
  async #verify(running: Transaction): Promise<void> {
    if (this.#retries === 0) throw new CtapError(STATUS.UV_BLOCKED);
    const { sensor, settings } = this.#context;
    running.waiting(true);
    const result = await sensor.waitForFinger(settings.touchTimeout, running.signal);
    running.waiting(false);
    switch (result) {
      case 'ok':
        this.#retries = MAX_UV_RETRIES;
        return;
      case 'bad':
        this.#retries -= 1;
        throw new CtapError(this.#retries === 0 ? STATUS.UV_BLOCKED : STATUS.UV_INVALID);
      case 'timeout':
        throw new CtapError(STATUS.USER_ACTION_TIMEOUT);
      case 'cancelled':
        throw new CtapError(STATUS.KEEPALIVE_CANCEL);
    }
  }
}
