import { randomBytes } from 'node:crypto';
import {
  CtapError,
  KeyAgreement,
  PERMISSION,
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthProtocol,
  type Point,
  pinUvAuthProtocol,
  STATUS,
} from '../../ctap/index.ts';
import type { Clock } from '../../platform/clock.ts';

/** A token not used within this time expires, ms. CTAP 2.2 §6.5.2.1: initial usage time limit over USB. */
const INITIAL_USAGE_LIMIT = 30_000;
/** Whatever happens, a token expires after this time, ms. CTAP 2.2 §6.5.2.1: max usage time period. */
const MAX_USAGE = 10 * 60_000;
/** Wrong PINs in a row before the key waits for a power cycle. CTAP 2.2 §6.5.5.7. */
const MAX_MISMATCHES = 3;

type Token = {
  value: Buffer;
  permissions: number;
  rpId: string | null;
  issuedAt: number;
  used: boolean;
};

/** What is being authorised. */
export type Authorisation = {
  param: Uint8Array;
  protocol: PinUvAuthProtocol;
  /** The message under the MAC. */
  message: Uint8Array;
  /** One of PERMISSION. */
  permission: number;
};

/**
 * What clientPIN keeps until power is lost: key agreement keys, tokens, wrong PINs in a row. CTAP 2.2 §6.5.2.
 */
export class PinState {
  readonly #clock: Clock;
  readonly #agreements = new Map<number, KeyAgreement>();
  readonly #tokens = new Map<number, Token>();
  #mismatches = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.powerUp();
  }

  /** As after plugging in: new keys, no tokens, no soft lock. */
  powerUp(): void {
    this.#mismatches = 0;
    this.forgetTokens();
    for (const { version } of PIN_UV_AUTH_PROTOCOLS) this.#agreements.set(version, new KeyAgreement());
  }

  /** True after three wrong PINs in a row. */
  get softLocked(): boolean {
    return this.#mismatches >= MAX_MISMATCHES;
  }

  /** Versions of the PIN/UV auth protocols, the preferred one first. */
  get protocols(): number[] {
    return PIN_UV_AUTH_PROTOCOLS.map(({ version }) => version);
  }

  /** The protocol of a request. @throws CtapError INVALID_PARAMETER */
  protocol(version: number): PinUvAuthProtocol {
    const protocol = pinUvAuthProtocol(version);
    if (protocol === undefined) throw new CtapError(STATUS.INVALID_PARAMETER);
    return protocol;
  }

  /** The public key agreement key. getPublicKey, CTAP 2.2 §6.5.4. */
  publicKey(protocol: PinUvAuthProtocol): Point {
    return this.#agreement(protocol).publicKey;
  }

  /** The secret shared with the platform. decapsulate, CTAP 2.2 §6.5.4. @throws CtapError INVALID_PARAMETER */
  decapsulate(protocol: PinUvAuthProtocol, peer: Point): Buffer {
    let z: Buffer;
    try {
      z = this.#agreement(protocol).agree(peer);
    } catch (cause) {
      throw new CtapError(STATUS.INVALID_PARAMETER, { cause });
    }
    return protocol.kdf(z);
  }

  /** Counts a wrong PIN and makes a new key agreement key. regenerate, CTAP 2.2 §6.5.4. */
  mismatch(protocol: PinUvAuthProtocol): void {
    this.#mismatches += 1;
    this.#agreements.set(protocol.version, new KeyAgreement());
  }

  /** The PIN was right. */
  match(): void {
    this.#mismatches = 0;
  }

  /** Replaces all tokens by a new one with these permissions. CTAP 2.2 §6.5.5.7. @returns the token; not to be changed */
  issueToken(protocol: PinUvAuthProtocol, permissions: number, rpId: string | null): Uint8Array {
    this.forgetTokens();
    const value = randomBytes(32);
    const issuedAt = this.#clock.now();
    this.#tokens.set(protocol.version, { value, permissions, rpId, issuedAt, used: false });
    return value;
  }

  /** Forgets and wipes all tokens. resetPinUvAuthToken, CTAP 2.2 §6.5.4. */
  forgetTokens(): void {
    for (const token of this.#tokens.values()) token.value.fill(0);
    this.#tokens.clear();
  }

  /**
   * Checks the proof of a token, its permission and its relying party, and binds it to the relying party where
   * it had none. CTAP 2.2 §6.1.2 step 11, §6.2.2 step 6.
   * @throws CtapError PIN_AUTH_INVALID
   */
  authorise({ rpId, ...proof }: Authorisation & { rpId: string }): void {
    const token = this.#proven(proof);
    if (token.rpId !== null && token.rpId !== rpId) throw new CtapError(STATUS.PIN_AUTH_INVALID);
    token.rpId = rpId;
    token.used = true;
  }

  /**
   * Checks the proof of a token and its permission. CTAP 2.2 §6.8, §6.10, §6.11.
   * @returns the relying party that the token is bound to, or null
   * @throws CtapError PIN_AUTH_INVALID
   */
  verify(proof: Authorisation): string | null {
    const token = this.#proven(proof);
    token.used = true;
    return token.rpId;
  }

  /** After a touch a token can write large blobs at most. clearPinUvAuthTokenPermissionsExceptLbw, CTAP 2.2 §6.5.3. */
  spendTokens(): void {
    for (const token of this.#tokens.values()) token.permissions &= PERMISSION.lbw;
  }

  #proven({ param, protocol, message, permission }: Authorisation): Token {
    const token = this.#live(protocol);
    if (token === null || !protocol.verify(token.value, message, param)) {
      throw new CtapError(STATUS.PIN_AUTH_INVALID);
    }
    if ((token.permissions & permission) === 0) throw new CtapError(STATUS.PIN_AUTH_INVALID);
    return token;
  }

  #live(protocol: PinUvAuthProtocol): Token | null {
    const token = this.#tokens.get(protocol.version);
    if (token === undefined) return null;
    const age = this.#clock.now() - token.issuedAt;
    if (age < 0 || age > MAX_USAGE || (!token.used && age > INITIAL_USAGE_LIMIT)) {
      this.forgetTokens();
      return null;
    }
    return token;
  }

  #agreement(protocol: PinUvAuthProtocol): KeyAgreement {
    const agreement = this.#agreements.get(protocol.version);
    if (agreement === undefined) throw new CtapError(STATUS.INVALID_PARAMETER);
    return agreement;
  }
}
