import { createHmac, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import {
  Bytes,
  CtapError,
  HMAC_SECRET_LENGTH,
  KeyAgreementKey,
  mapOf,
  type PinUvAuthProtocol,
  STATUS,
} from '../../ctap/index.ts';
import type { PinState } from './pin-state.ts';
import type { PrivateKey } from './private-key.ts';

/** Schema of the input of hmac-secret in getAssertion and of hmac-secret-mc. CTAP 2.2 §12, hmac-secret. */
export const HmacSecretInput = mapOf({
  1: KeyAgreementKey,
  2: Bytes,
  3: Bytes,
  4: z.int().optional(),
});
export type HmacSecretInput = z.output<typeof HmacSecretInput>;

/**
 * One use of hmac-secret: the salts of the platform, good for any number of credentials. Wipe it after use.
 * CTAP 2.2 §12, hmac-secret.
 */
export class HmacSalts {
  readonly #protocol: PinUvAuthProtocol;
  readonly #secret: Buffer;
  readonly #salts: Buffer;

  /** @throws CtapError INVALID_PARAMETER, PIN_AUTH_INVALID, INVALID_LENGTH */
  constructor(pin: PinState, input: HmacSecretInput) {
    // Without this field protocol one is meant: CTAP 2.0 knows no other.
    this.#protocol = pin.protocol(input[4] ?? 1);
    this.#secret = pin.decapsulate(this.#protocol, input[1]);
    try {
      this.#salts = openSalts(this.#protocol, this.#secret, input[2], input[3]);
    } catch (error) {
      this.#secret.fill(0);
      throw error;
    }
  }

  /** The secrets of a credential for the salts, sealed for the platform. */
  seal(key: PrivateKey, userVerified: boolean): Buffer {
    const credRandom = credRandomOf(key, userVerified);
    const secrets = Buffer.alloc(this.#salts.length);
    for (let at = 0; at < secrets.length; at += HMAC_SECRET_LENGTH) {
      const salt = this.#salts.subarray(at, at + HMAC_SECRET_LENGTH);
      createHmac('sha256', credRandom).update(salt).digest().copy(secrets, at);
    }
    credRandom.fill(0);
    try {
      return this.#protocol.encrypt(this.#secret, secrets);
    } finally {
      secrets.fill(0);
    }
  }

  /** Overwrites salts and shared secret. */
  wipe(): void {
    this.#secret.fill(0);
    this.#salts.fill(0);
  }
}

function openSalts(
  protocol: PinUvAuthProtocol,
  secret: Uint8Array,
  saltEnc: Uint8Array,
  saltAuth: Uint8Array,
): Buffer {
  if (!protocol.verify(secret, saltEnc, saltAuth)) throw new CtapError(STATUS.PIN_AUTH_INVALID);
  let salts: Buffer;
  try {
    salts = protocol.decrypt(secret, saltEnc);
  } catch (cause) {
    throw new CtapError(STATUS.INVALID_LENGTH, { cause });
  }
  if (salts.length === HMAC_SECRET_LENGTH || salts.length === 2 * HMAC_SECRET_LENGTH) return salts;
  throw new CtapError(STATUS.INVALID_LENGTH);
}

/**
 * CredRandomWithUV or CredRandomWithoutUV, 32 bytes. Every credential has both, those from before this extension too,
 * because they are derived from its private key: so they come and go with it.
 */
function credRandomOf(key: PrivateKey, userVerified: boolean): Uint8Array {
  const name = userVerified ? 'CredRandomWithUV' : 'CredRandomWithoutUV';
  return derivedSecret(key, `keywright ${name}`);
}

/** A secret of 32 bytes that belongs to a credential, by what it is for; the receiver zeroes it. */
export function derivedSecret(key: PrivateKey, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key.secret, new Uint8Array(), purpose, 32));
}
