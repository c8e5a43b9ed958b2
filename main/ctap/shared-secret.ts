import { KeywrightError } from '../../shared/errors/index.ts';
import type { CborMap } from './cbor.ts';
import {
  KeyAgreement,
  type KeyAgreementKey,
  type PinUvAuthProtocol,
  toCoseKeyAgreement,
} from './pin-protocol.ts';

/**
 * The secret that this platform and an authenticator share for one operation. Wipe it after use.
 * encapsulate, encrypt, decrypt and authenticate of CTAP 2.2 §6.5.4.
 */
export class SharedSecret {
  readonly protocol: PinUvAuthProtocol;
  /** This platform's key agreement key, as it is sent: the authenticator finds the same secret with it. */
  readonly keyAgreement: CborMap;
  readonly #secret: Buffer;

  /**
   * @param theirs the key agreement key of the authenticator
   * @param ours a key pair that was made for this and is used for nothing else
   * @throws KeywrightError `authenticator.malformed_answer` when it is no point on the curve
   */
  constructor(protocol: PinUvAuthProtocol, theirs: KeyAgreementKey, ours = new KeyAgreement()) {
    this.protocol = protocol;
    this.keyAgreement = toCoseKeyAgreement(ours.publicKey);
    try {
      this.#secret = protocol.kdf(ours.agree(theirs));
    } catch (cause) {
      throw new KeywrightError('authenticator.malformed_answer', { cause });
    }
  }

  /** @param plaintext a multiple of 16 bytes */
  encrypt(plaintext: Uint8Array): Buffer {
    return this.protocol.encrypt(this.#secret, plaintext);
  }

  /** @throws KeywrightError `authenticator.malformed_answer` when the ciphertext has an impossible length */
  decrypt(ciphertext: Uint8Array): Buffer {
    try {
      return this.protocol.decrypt(this.#secret, ciphertext);
    } catch (cause) {
      throw new KeywrightError('authenticator.malformed_answer', { cause });
    }
  }

  /** The MAC of a message: 16 bytes with protocol 1, 32 with protocol 2. */
  authenticate(message: Uint8Array): Buffer {
    return this.protocol.authenticate(this.#secret, message);
  }

  /** Overwrites the secret. */
  wipe(): void {
    this.#secret.fill(0);
  }
}
