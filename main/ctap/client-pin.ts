import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { Bytes, type CborMap, cborMap, mapOf, parseAnswer } from './cbor.ts';
import type { Ctap2 } from './ctap2.ts';
import { COMMAND } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import { KeyAgreement, KeyAgreementKey, type PinUvAuthProtocol, pinHash } from './pin-protocol.ts';
import { PinUvAuthToken } from './pin-uv-auth-token.ts';
import { SharedSecret } from './shared-secret.ts';

/** Subcommands of authenticatorClientPIN. CTAP 2.2 §6.5.5. */
export const PIN_SUBCOMMAND = {
  getPINRetries: 0x01,
  getKeyAgreement: 0x02,
  setPIN: 0x03,
  changePIN: 0x04,
  getPinToken: 0x05,
  getPinUvAuthTokenUsingUvWithPermissions: 0x06,
  getUVRetries: 0x07,
  getPinUvAuthTokenUsingPinWithPermissions: 0x09,
} as const;

/** Longest PIN, bytes of UTF-8: it is sent padded to 64 with at least one zero. CTAP 2.2 §6.5.1. */
export const MAX_PIN_BYTES = 63;
const PADDED_PIN = 64;

const RetriesAnswer = mapOf({ 3: z.int().nonnegative(), 4: z.boolean().optional() });
const UvRetriesAnswer = mapOf({ 5: z.int().nonnegative() });
const KeyAgreementAnswer = mapOf({ 1: KeyAgreementKey });
const TokenAnswer = mapOf({ 2: Bytes });

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

  /** Tries of the built-in user verification that are left; with 0 only the PIN works. getUVRetries, §6.5.5.3. */
  async getUvRetries(call: CallOptions = {}): Promise<number> {
    return parseAnswer(await this.#send(PIN_SUBCOMMAND.getUVRetries, [], call), UvRetriesAnswer)[5];
  }

  /**
   * A fresh shared secret, for a PIN operation or for hmac-secret; the receiver wipes it. getKeyAgreement and
   * encapsulate, §6.5.5.4 and §6.5.4.
   */
  async sharedSecret(call: CallOptions = {}): Promise<SharedSecret> {
    const asked = this.#send(PIN_SUBCOMMAND.getKeyAgreement, [], call);
    // Made while the authenticator works.
    const ours = new KeyAgreement();
    const answer = parseAnswer(await asked, KeyAgreementAnswer);
    return new SharedSecret(this.#protocol, answer[1], ours);
  }

  /** Sets the first PIN. setPIN, §6.5.5.5. @throws CtapError PIN_POLICY_VIOLATION and others */
  async setPin(pin: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#withSharedSecret(call, async (secret) => {
      const newPinEnc = encryptPin(secret, pin);
      await this.#send(
        PIN_SUBCOMMAND.setPIN,
        [
          [0x03, secret.keyAgreement],
          [0x04, secret.authenticate(newPinEnc)],
          [0x05, newPinEnc],
        ],
        call,
      );
    });
  }

  /** Replaces the PIN. changePIN, §6.5.5.6. @throws CtapError PIN_INVALID, PIN_AUTH_BLOCKED, PIN_BLOCKED and others */
  async changePin(oldPin: Uint8Array, newPin: Uint8Array, call: CallOptions = {}): Promise<void> {
    await this.#withSharedSecret(call, async (secret) => {
      const newPinEnc = encryptPin(secret, newPin);
      const pinHashEnc = encryptHash(secret, oldPin);
      await this.#send(
        PIN_SUBCOMMAND.changePIN,
        [
          [0x03, secret.keyAgreement],
          [0x04, secret.authenticate(Buffer.concat([newPinEnc, pinHashEnc]))],
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

  /**
   * A token for the given permissions, after fingerprint, face or another verification that is built in; the
   * authenticator waits for the person. After UV_BLOCKED ask for the PIN instead.
   * getPinUvAuthTokenUsingUvWithPermissions, §6.5.5.7.3.
   * @param rpId required where the permissions hold mc or ga
   * @throws CtapError UV_INVALID, UV_BLOCKED, USER_ACTION_TIMEOUT and others
   */
  getPinUvAuthTokenUsingUvWithPermissions(
    permissions: number,
    rpId: string | undefined,
    call: CallOptions = {},
  ): Promise<PinUvAuthToken> {
    return this.#withSharedSecret(call, async (secret) => {
      const bytes = await this.#send(
        PIN_SUBCOMMAND.getPinUvAuthTokenUsingUvWithPermissions,
        [
          [0x03, secret.keyAgreement],
          [0x09, permissions],
          [0x0a, rpId],
        ],
        call,
      );
      return openToken(secret, bytes);
    });
  }

  #token(
    subCommand: number,
    pin: Uint8Array,
    extra: [number, number | string | undefined][],
    call: CallOptions,
  ): Promise<PinUvAuthToken> {
    return this.#withSharedSecret(call, async (secret) => {
      const pinHashEnc = encryptHash(secret, pin);
      const parameters: [number, CborMap | Uint8Array | number | string | undefined][] = [
        [0x03, secret.keyAgreement],
        [0x06, pinHashEnc],
        ...extra,
      ];
      return openToken(secret, await this.#send(subCommand, parameters, call));
    });
  }

  /** The secret is wiped when `run` has ended. */
  async #withSharedSecret<T>(call: CallOptions, run: (secret: SharedSecret) => Promise<T>): Promise<T> {
    const secret = await this.sharedSecret(call);
    try {
      return await run(secret);
    } finally {
      secret.wipe();
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

function openToken(secret: SharedSecret, bytes: Uint8Array): PinUvAuthToken {
  const token = secret.decrypt(parseAnswer(bytes, TokenAnswer)[2]);
  if (token.length !== 32 && !(token.length === 16 && secret.protocol.version === 1)) {
    throw new KeywrightError('authenticator.malformed_answer');
  }
  return new PinUvAuthToken(secret.protocol, token);
}

function encryptPin(secret: SharedSecret, pin: Uint8Array): Buffer {
  if (pin.length > MAX_PIN_BYTES) throw new KeywrightError('authenticator.pin_policy');
  const padded = new Uint8Array(PADDED_PIN);
  padded.set(pin);
  try {
    return secret.encrypt(padded);
  } finally {
    padded.fill(0);
  }
}

function encryptHash(secret: SharedSecret, pin: Uint8Array): Buffer {
  const hash = pinHash(pin);
  try {
    return secret.encrypt(hash);
  } finally {
    hash.fill(0);
  }
}
