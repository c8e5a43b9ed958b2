import { KeywrightError } from '../../shared/errors/index.ts';
import { type CborMap, cborMap } from './cbor.ts';
import type { SharedSecret } from './shared-secret.ts';

/** Length of a salt and of a secret, bytes. CTAP 2.2 §12, hmac-secret. */
export const HMAC_SECRET_LENGTH = 32;

/** One or two salts of 32 bytes. */
export type HmacSalts = { first: Uint8Array; second?: Uint8Array | undefined };

/** The secrets for the salts, 32 bytes each; the receiver zeroes them. */
export type HmacSecrets = { first: Buffer; second: Buffer | undefined };

/**
 * One use of hmac-secret with getAssertion, or of hmac-secret-mc with makeCredential: seals the salts for the
 * authenticator, opens the secrets that come back. CTAP 2.2 §12, hmac-secret and hmac-secret-mc.
 *
 * The secrets differ with and without user verification: the authenticator keeps two for each credential.
 */
export class HmacSecret {
  /** The extension's input: key agreement key, sealed salts, their MAC and the protocol. */
  readonly input: CborMap;
  readonly #secret: SharedSecret;
  readonly #length: number;

  /**
   * @param secret fresh from ClientPin.sharedSecret; taken over, and wiped by {@link wipe}
   * @throws RangeError for salts that do not have 32 bytes
   */
  constructor(secret: SharedSecret, salts: HmacSalts) {
    const parts = salts.second === undefined ? [salts.first] : [salts.first, salts.second];
    if (parts.some(({ length }) => length !== HMAC_SECRET_LENGTH)) {
      throw new RangeError('A salt for hmac-secret has 32 bytes.');
    }
    this.#secret = secret;
    this.#length = parts.length * HMAC_SECRET_LENGTH;
    const plain = Buffer.concat(parts);
    const saltEnc = secret.encrypt(plain);
    plain.fill(0);
    const { version } = secret.protocol;
    this.input = cborMap([
      [0x01, secret.keyAgreement],
      [0x02, saltEnc],
      [0x03, secret.authenticate(saltEnc)],
      // CTAP 2.0 does not know this field, and without it protocol one is meant.
      [0x04, version === 1 ? undefined : version],
    ]);
  }

  /**
   * Opens what came back.
   * @param sealed the output of the extension, from the authenticator data
   * @throws KeywrightError `authenticator.malformed_answer` where it does not hold one secret for each salt
   */
  open(sealed: Uint8Array): HmacSecrets {
    const plain = this.#secret.decrypt(sealed);
    try {
      if (plain.length !== this.#length) throw new KeywrightError('authenticator.malformed_answer');
      const [first, second] = [plain.subarray(0, HMAC_SECRET_LENGTH), plain.subarray(HMAC_SECRET_LENGTH)];
      return { first: Buffer.from(first), second: second.length === 0 ? undefined : Buffer.from(second) };
    } finally {
      plain.fill(0);
    }
  }

  /** Overwrites the shared secret. */
  wipe(): void {
    this.#secret.wipe();
  }
}
