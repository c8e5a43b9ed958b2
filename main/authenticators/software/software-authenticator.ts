import { COMMAND, CtapError, cborMap, MAX_MESSAGE, STATUS } from '../../ctap/index.ts';
import { authenticatorConfig, MAX_MIN_PIN_LENGTH_RPIDS } from './config-commands.ts';
import { credentialManagement } from './credential-management.ts';
import { remainingCredentials } from './credential-store.ts';
import {
  collectTouch,
  credentialsWithoutPin,
  type DeviceContext,
  success,
  type Transaction,
} from './device-context.ts';
import { EXTENSIONS, MAX_CRED_BLOB } from './extensions.ts';
import { getAssertion } from './get-assertion.ts';
import { LargeBlobs, MAX_LARGE_BLOB_ARRAY } from './large-blobs.ts';
import { makeCredential } from './make-credential.ts';
import { AAGUID_BYTES } from './model.ts';
import { Parameters } from './parameters.ts';
import { clientPin } from './pin-commands.ts';
import { ALGORITHMS } from './private-key.ts';
import { MAX_LIST } from './verification.ts';
import { WRAPPED_ID_LENGTH } from './wrapped-credential.ts';

const FIRMWARE_VERSION = 1;

/** A CTAP 2.1 authenticator: messages in, messages out; it knows nothing of packets. CTAP 2.2 §6. */
export class SoftwareAuthenticator {
  readonly #context: DeviceContext;
  readonly #onFault: (fault: unknown) => void;
  readonly #largeBlobs = new LargeBlobs();
  #poweredUpAt: number;

  /** @param onFault told of failures that CTAP has no status for, such as a full disk */
  constructor(context: DeviceContext, onFault: (fault: unknown) => void) {
    this.#context = context;
    this.#onFault = onFault;
    this.#poweredUpAt = context.clock.now();
    context.vault.onLock = () => this.#forget();
  }

  /** As after plugging in: locked, without tokens, without the soft lock. Nothing may run meanwhile. */
  powerUp(): void {
    this.#context.vault.lock();
    this.#forget();
    this.#context.pin.powerUp();
    this.#poweredUpAt = this.#context.clock.now();
  }

  /** Carries out one command. Never rejects: failures are status bytes. */
  async handle(message: Uint8Array, running: Transaction): Promise<Uint8Array> {
    try {
      return await this.#dispatch(message, running);
    } catch (error) {
      if (error instanceof CtapError) return Uint8Array.of(error.status);
      this.#onFault(error);
      return Uint8Array.of(STATUS.OTHER);
    }
  }

  async #dispatch(message: Uint8Array, running: Transaction): Promise<Uint8Array> {
    const [command] = message;
    const context = this.#context;
    const parameters = () => new Parameters(message.subarray(1));
    switch (command) {
      case COMMAND.getNextAssertion:
        return context.continuation.next('assertions');
      case COMMAND.credentialManagement:
        return credentialManagement(context, parameters());
    }
    context.continuation.end();
    switch (command) {
      case COMMAND.getInfo:
        return this.#getInfo();
      case COMMAND.makeCredential:
        return makeCredential(context, parameters(), running);
      case COMMAND.getAssertion:
        return getAssertion(context, parameters(), running);
      case COMMAND.clientPIN:
        return clientPin(context, parameters());
      case COMMAND.largeBlobs:
        return this.#largeBlobs.handle(context, parameters());
      case COMMAND.config:
        return authenticatorConfig(context, parameters());
      case COMMAND.selection:
        await collectTouch(context, running);
        return success();
      case COMMAND.reset:
        return this.#reset(running);
      default:
        throw new CtapError(STATUS.INVALID_COMMAND);
    }
  }

  /** authenticatorGetInfo (0x04), CTAP 2.2 §6.4. */
  #getInfo(): Uint8Array {
    const { vault, settings, pin } = this.#context;
    const algorithms = ALGORITHMS.map((alg) =>
      cborMap([
        ['alg', alg],
        ['type', 'public-key'],
      ]),
    );
    const options = cborMap([
      ['rk', true],
      ['up', true],
      ['plat', false],
      ['alwaysUv', settings.alwaysUv],
      ['authnrCfg', true],
      ['credMgmt', true],
      ['largeBlobs', true],
      ['clientPin', vault.pinSet],
      ['pinUvAuthToken', true],
      ['makeCredUvNotRqd', credentialsWithoutPin(this.#context)],
      ['setMinPINLength', true],
    ]);
    const info = cborMap([
      [0x01, ['FIDO_2_0', 'FIDO_2_1']],
      [0x02, EXTENSIONS],
      [0x03, AAGUID_BYTES],
      [0x04, options],
      [0x05, MAX_MESSAGE],
      [0x06, pin.protocols],
      [0x07, MAX_LIST],
      [0x08, WRAPPED_ID_LENGTH],
      [0x09, ['internal']],
      [0x0a, algorithms],
      [0x0b, MAX_LARGE_BLOB_ARRAY],
      [0x0c, vault.forcePINChange],
      [0x0d, vault.minPINLength],
      [0x0e, FIRMWARE_VERSION],
      [0x0f, MAX_CRED_BLOB],
      [0x10, MAX_MIN_PIN_LENGTH_RPIDS],
      // While a key is locked, nobody knows.
      [0x14, vault.peek === null ? undefined : remainingCredentials(vault.peek)],
    ]);
    return success(info);
  }

  /** authenticatorReset (0x07), CTAP 2.2 §6.6. */
  async #reset(running: Transaction): Promise<Uint8Array> {
    const { settings, clock, vault, pin } = this.#context;
    const age = clock.now() - this.#poweredUpAt;
    if (settings.resetWindow !== null && (age < 0 || age > settings.resetWindow)) {
      throw new CtapError(STATUS.NOT_ALLOWED);
    }
    await collectTouch(this.#context, running);
    await vault.reset();
    settings.alwaysUv = settings.alwaysUvFixed === true;
    this.#forget();
    pin.powerUp();
    return success();
  }

  #forget(): void {
    this.#context.continuation.end();
    this.#largeBlobs.forget();
    this.#context.pin.forgetTokens();
  }
}
