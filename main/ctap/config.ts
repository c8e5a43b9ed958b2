import { KeywrightError } from '../../shared/errors/index.ts';
import { type CborMap, cborMap, encodeCbor } from './cbor.ts';
import type { Ctap2 } from './ctap2.ts';
import { COMMAND } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import type { AuthenticatorInfo } from './info.ts';
import type { PinUvAuthToken } from './pin-uv-auth-token.ts';

/** Subcommands of authenticatorConfig. CTAP 2.2 §6.11; the last one is of CTAP 2.3. */
export const CONFIG_SUBCOMMAND = {
  enableEnterpriseAttestation: 0x01,
  toggleAlwaysUv: 0x02,
  setMinPINLength: 0x03,
  enableLongTouchForReset: 0x04,
} as const;

/** What to set with setMinPINLength; what is left out stays. */
export type MinPinLengthSettings = {
  /** Unicode code points; can be raised only. */
  newMinPINLength?: number;
  /** Who may see the length by the extension minPinLength. */
  minPinLengthRPIDs?: readonly string[];
  /** True: the PIN must be changed before it can be used again. */
  forceChangePin?: boolean;
  /** True: from now on the authenticator's rules for good PINs hold. CTAP 2.3. */
  pinComplexityPolicy?: boolean;
};

/**
 * authenticatorConfig (0x0D). CTAP 2.2 §6.11. The token needs the permission acfg; null only for an authenticator
 * without PIN and built-in verification.
 */
export class AuthenticatorConfig {
  readonly #ctap: Ctap2;
  readonly #info: AuthenticatorInfo;
  readonly #token: PinUvAuthToken | null;

  /** @throws KeywrightError `authenticator.unsupported_option` where the authenticator cannot be configured */
  constructor(ctap: Ctap2, info: AuthenticatorInfo, token: PinUvAuthToken | null) {
    if (info.options.authnrCfg !== true) throw new KeywrightError('authenticator.unsupported_option');
    this.#ctap = ctap;
    this.#info = info;
    this.#token = token;
  }

  /** Lets relying parties ask for enterprise attestation. There is no way back but a reset. §6.11.1. */
  async enableEnterpriseAttestation(call: CallOptions = {}): Promise<void> {
    this.#require(this.#info.options.ep !== undefined);
    await this.#send(CONFIG_SUBCOMMAND.enableEnterpriseAttestation, undefined, call);
  }

  /** Switches "always verify the user" on or off; getInfo tells which. §6.11.2. */
  async toggleAlwaysUv(call: CallOptions = {}): Promise<void> {
    this.#require(this.#info.options.alwaysUv !== undefined);
    await this.#send(CONFIG_SUBCOMMAND.toggleAlwaysUv, undefined, call);
  }

  /** Sets the rules for PINs. §6.11.4. @throws CtapError PIN_POLICY_VIOLATION for a length below the present one */
  async setMinPINLength(settings: MinPinLengthSettings, call: CallOptions = {}): Promise<void> {
    this.#require(this.#info.options.setMinPINLength === true);
    const { minPinLengthRPIDs: rpIds, pinComplexityPolicy } = settings;
    this.#require(pinComplexityPolicy === undefined || this.#info.pinComplexityPolicy !== undefined);
    const parameters = cborMap([
      [0x01, settings.newMinPINLength],
      [0x02, rpIds && [...rpIds]],
      [0x03, settings.forceChangePin],
      [0x04, pinComplexityPolicy],
    ]);
    await this.#send(CONFIG_SUBCOMMAND.setMinPINLength, parameters, call);
  }

  /** From now on a reset takes a long touch. CTAP 2.3 §6.11. */
  async enableLongTouchForReset(call: CallOptions = {}): Promise<void> {
    this.#require(
      this.#info.authenticatorConfigCommands?.includes(CONFIG_SUBCOMMAND.enableLongTouchForReset) === true,
    );
    await this.#send(CONFIG_SUBCOMMAND.enableLongTouchForReset, undefined, call);
  }

  #require(supported: boolean): void {
    if (!supported) throw new KeywrightError('authenticator.unsupported_option');
  }

  /** The proof is over 32 bytes 0xff, 0x0d, subcommand and parameters. §6.11 */
  async #send(subCommand: number, parameters: CborMap | undefined, call: CallOptions): Promise<void> {
    const { authenticatorConfigCommands: listed } = this.#info;
    this.#require(listed === undefined || listed.includes(subCommand));
    const encoded = parameters === undefined ? new Uint8Array() : encodeCbor(parameters);
    const head = [new Uint8Array(32).fill(0xff), Uint8Array.of(COMMAND.config, subCommand)];
    const proof = this.#token?.authenticate(Buffer.concat([...head, encoded]));
    const map = cborMap([
      [0x01, subCommand],
      [0x02, parameters],
      [0x03, proof?.protocol],
      [0x04, proof?.param],
    ]);
    await this.#ctap.send(COMMAND.config, map, call);
  }
}
