import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { Bytes, type CborMap, cborMap, mapOf, parseAnswer } from './cbor.ts';
import { COMMAND, type Ctap2, type PinUvAuth } from './ctap2.ts';
import type { CallOptions } from './hid-device.ts';
import {
  KeyAgreement,
  KeyAgreementKey,
  type PinUvAuthProtocol,
  pinHash,
  toCoseKeyAgreement,
} from './pin-protocol.ts';

/** Subcommands of authenticatorClientPIN. CTAP 2.2 §6.5.5. */
export const PIN_SUBCOMMAND = {
  getPINRetries: 0x01,
  getKeyAgreement: 0x02,
  setPIN: 0x03,
  changePIN: 0x04,
  getPinToken: 0x05,
  getPinUvAuthTokenUsingPinWithPermissions: 0x09,
} as const;

/** What a token may be used for; add them up. CTAP 2.2 §6.5.5.7. */
export const PERMISSION = { mc: 0x01, ga: 0x02, cm: 0x04, be: 0x08, lbw: 0x10, acfg: 0x20 } as const;

/** Longest PIN, bytes of UTF-8: it is sent padded to 64 with at least one zero. CTAP 2.2 §6.5.1. */
export const MAX_PIN_BYTES = 63;
const PADDED_PIN = 64;

const RetriesAnswer = mapOf({ 3: z.int().nonnegative(), 4: z.boolean().optional() });
const KeyAgreementAnswer = mapOf({ 1: KeyAgreementKey });
const TokenAnswer = mapOf({ 2: Bytes });

/** A pinUvAuthToken: proves to the authenticator that the PIN was given. Wipe it after use. */
export class PinUvAuthToken {
  readonly #protocol: PinUvAuthProtocol;
  readonly #token: Buffer;

  constructor(protocol: PinUvAuthProtocol, token: Buffer) {
    this.#protocol = protocol;
    this.#token = token;
  }

  /** The proof over a message, for mc and ga the clientDataHash. CTAP 2.2 §6.1, §6.2. */
  authenticate(message: Uint8Array): PinUvAuth {
    return { param: this.#protocol.authenticate(this.#token, message), protocol: this.#protocol.version };
  }

  /** Overwrites the token. */
  wipe(): void {
    this.#token.fill(0);
  }
}

/**
 * authenticatorClientPIN (0x06) with one PIN/UV auth protocol. Each PIN operation makes a new shared secret,
 * so a rotated key agreement key is always the current one. PINs are UTF-8 of the NFC form and stay the
 * caller's to wipe. CTAP 2.2 §6.5.
 */
export class ClientPin {
  readonly #ctap: Ctap2;
  readonly #protocol: PinUvAuthProtocol;

  constructor(ctap: Ctap2, protocol: PinUvAuthProtocol) {
    this.#ctap = ctap;
    this.#protocol = protocol;
  }

  /** Tries that are left, and whether the authenticator waits to be reconnected. getPINRetries, §6.5.5.2. */
  async getPinRetries(call: CallOptions = {}): Promise<{ retries: number; powerCycleState: boolean }> {
    const answer = parseAnswer(await this.#send(PIN_SUBCOMMAND.getPINRetries, [], call), RetriesAnswer);
    return { retries: answer[3], powerCycleState: answer[4] ?? false };
  }

  /** Sets the first PIN. setPIN, §6.5.5.5. @throws CtapError PIN_POLICY_VIOLATION and others */
  async setPin(pin: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#withSharedSecret(call, async (secret, keyAgreement) => {
      const newPinEnc = this.#encryptPin(secret, pin);
      await this.#send(
        PIN_SUBCOMMAND.setPIN,
        [
          [0x03, keyAgreement],
          [0x04, this.#protocol.authenticate(secret, newPinEnc)],
          [0x05, newPinEnc],
        ],
        call,
      );
    });
  }

  /** Replaces the PIN. changePIN, §6.5.5.6. @throws CtapError PIN_INVALID, PIN_AUTH_BLOCKED, PIN_BLOCKED and others */
  async changePin(oldPin: Uint8Array, newPin: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#withSharedSecret(call, async (secret, keyAgreement) => {
      const newPinEnc = this.#encryptPin(secret, newPin);
      const pinHashEnc = this.#encryptHash(secret, oldPin);
      await this.#send(
        PIN_SUBCOMMAND.changePIN,
        [
          [0x03, keyAgreement],
          [0x04, this.#protocol.authenticate(secret, Buffer.concat([newPinEnc, pinHashEnc]))],
          [0x05, newPinEnc],
          [0x06, pinHashEnc],
        ],
        call,
      );
    });
  }

  /** A token for mc and ga, on authenticators without permissions. getPinToken, §6.5.5.7.1. */
  getPinToken(pin: Uint8Array, call: CallOptions = {}): Promise<PinUvAuthToken> {
    return this.#token(PIN_SUBCOMMAND.getPinToken, pin, [], call);
  }

  /**
   * A token for the given permissions. getPinUvAuthTokenUsingPinWithPermissions, §6.5.5.7.2.
   * @param rpId required where the permissions hold mc or ga
   */
  getPinUvAuthTokenUsingPinWithPermissions(
    pin: Uint8Array,
    permissions: number,
    rpId: string | undefined,
    call: CallOptions = {},
  ): Promise<PinUvAuthToken> {
    const subCommand = PIN_SUBCOMMAND.getPinUvAuthTokenUsingPinWithPermissions;
    return this.#token(
      subCommand,
      pin,
      [
        [0x09, permissions],
        [0x0a, rpId],
      ],
      call,
    );
  }

  #token(
    subCommand: number,
    pin: Uint8Array,
    extra: [number, number | string | undefined][],
    call: CallOptions,
  ): Promise<PinUvAuthToken> {
    return this.#withSharedSecret(call, async (secret, keyAgreement) => {
      const pinHashEnc = this.#encryptHash(secret, pin);
      const bytes = await this.#send(subCommand, [[0x03, keyAgreement], [0x06, pinHashEnc], ...extra], call);
      const answer = parseAnswer(bytes, TokenAnswer);
      let token: Buffer;
      try {
        token = this.#protocol.decrypt(secret, answer[2]);
      } catch (cause) {
        throw new KeywrightError('authenticator.malformed_answer', { cause });
      }
      if (token.length !== 32 && !(token.length === 16 && this.#protocol.version === 1)) {
        throw new KeywrightError('authenticator.malformed_answer');
      }
      return new PinUvAuthToken(this.#protocol, token);
    });
  }

  /** getKeyAgreement and encapsulate, §6.5.5.4 and §6.5.4. The secret is wiped when `run` has ended. */
  async #withSharedSecret<T>(
    call: CallOptions,
    run: (secret: Buffer, keyAgreement: CborMap) => Promise<T>,
  ): Promise<T> {
    const bytes = await this.#send(PIN_SUBCOMMAND.getKeyAgreement, [], call);
    const answer = parseAnswer(bytes, KeyAgreementAnswer);
    const ours = new KeyAgreement();
    let secret: Buffer;
    try {
      secret = this.#protocol.kdf(ours.agree(answer[1]));
    } catch (cause) {
      throw new KeywrightError('authenticator.malformed_answer', { cause });
    }
    try {
      return await run(secret, toCoseKeyAgreement(ours.publicKey));
    } finally {
      secret.fill(0);
    }
  }

  #encryptPin(secret: Buffer, pin: Uint8Array): Buffer {
    if (pin.length > MAX_PIN_BYTES) throw new KeywrightError('authenticator.pin_policy');
    const padded = new Uint8Array(PADDED_PIN);
    padded.set(pin);
    try {
      return this.#protocol.encrypt(secret, padded);
    } finally {
      padded.fill(0);
    }
  }

  #encryptHash(secret: Buffer, pin: Uint8Array): Buffer {
    const hash = pinHash(pin);
    try {
      return this.#protocol.encrypt(secret, hash);
    } finally {
      hash.fill(0);
    }
  }

  #send(
    subCommand: number,
    parameters: [number, CborMap | Uint8Array | number | string | undefined][],
    call: CallOptions,
  ): Promise<Uint8Array> {
    const map = cborMap([[0x01, this.#protocol.version], [0x02, subCommand], ...parameters]);
    return this.#ctap.send(COMMAND.clientPIN, map, call);
  }
}
