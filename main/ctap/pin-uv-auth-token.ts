import { createDecipheriv, hkdfSync } from 'node:crypto';
import { KeywrightError } from '../../shared/errors/index.ts';
import type { PinUvAuth } from './ctap2-requests.ts';
import type { PinUvAuthProtocol } from './pin-protocol.ts';

/** What a token may be used for; add them up. `pcmr` stands alone. CTAP 2.2 §6.5.5.7. */
export const PERMISSION = {
  mc: 0x01,
  ga: 0x02,
  cm: 0x04,
  be: 0x08,
  lbw: 0x10,
  acfg: 0x20,
  pcmr: 0x40,
} as const;

const SALT = new Uint8Array(32);
const BLOCK = 16;

/**
 * A pinUvAuthToken: proves to the authenticator that the PIN was given or the user verified. Wipe it after use.
 * A token with the permission pcmr is persistent: it outlives power cycles and reads credentials until the PIN
 * changes; keep its bytes only where secrets are kept. CTAP 2.2 §6.5.5.7.
 */
export class PinUvAuthToken {
  readonly protocol: PinUvAuthProtocol;
  readonly #token: Buffer;

  /** @param token 32 bytes, with protocol 1 also 16; the object takes it over. */
  constructor(protocol: PinUvAuthProtocol, token: Buffer) {
    this.protocol = protocol;
    this.#token = token;
  }

  /** The proof over a message, for mc and ga the clientDataHash. CTAP 2.2 §6.1, §6.2. */
  authenticate(message: Uint8Array): PinUvAuth {
    return { param: this.protocol.authenticate(this.#token, message), protocol: this.protocol.version };
  }

  /** A copy of the token, for keeping a persistent one; the receiver zeroes it. */
  copyBytes(): Buffer {
    return Buffer.from(this.#token);
  }

  /**
   * Opens `encIdentifier` of getInfo with a persistent token: 16 bytes that name this authenticator until its
   * next reset. CTAP 2.2 §6.4.
   * @throws KeywrightError `authenticator.malformed_answer` when it is not an IV and one block
   */
  openIdentifier(encIdentifier: Uint8Array): Buffer {
    return this.#open(encIdentifier, 'encIdentifier');
  }

  /**
   * Opens `encCredStoreState` of getInfo with a persistent token: 16 bytes that change whenever a resident
   * credential does. CTAP 2.3 §6.4.
   * @throws KeywrightError `authenticator.malformed_answer` when it is not an IV and one block
   */
  openCredStoreState(encCredStoreState: Uint8Array): Buffer {
    return this.#open(encCredStoreState, 'encCredStoreState');
  }

  /** Overwrites the token. */
  wipe(): void {
    this.#token.fill(0);
  }

  #open(sealed: Uint8Array, info: string): Buffer {
    if (sealed.length !== 2 * BLOCK) throw new KeywrightError('authenticator.malformed_answer');
    const key = Buffer.from(hkdfSync('sha256', this.#token, SALT, info, BLOCK));
    try {
      const cipher = createDecipheriv('aes-128-cbc', key, sealed.subarray(0, BLOCK)).setAutoPadding(false);
      return Buffer.concat([cipher.update(sealed.subarray(BLOCK)), cipher.final()]);
    } finally {
      key.fill(0);
    }
  }
}
