import { KeywrightError } from '../../shared/errors/index.ts';
import { type Apdu, ApduError, decodeApduAnswer, encodeApdu } from './apdu.ts';
import type { CallOptions } from './hid-device.ts';
import { KEEPALIVE } from './hid-frames.ts';
import {
  parseU2fRegistration,
  parseU2fSignature,
  type U2fRegistration,
  type U2fSignature,
} from './u2f-messages.ts';
import { wait } from './wait.ts';

/** What the commands need of a transport: a {@link HidDevice} has it. */
export type ApduTransport = { msg(apdu: Uint8Array, options?: CallOptions): Promise<Uint8Array> };

/** Instructions. FIDO U2F Raw Message Formats §3.1.1. */
export const U2F_INS = { register: 0x01, authenticate: 0x02, version: 0x03 } as const;

/** Control byte of U2F_AUTHENTICATE. FIDO U2F Raw Message Formats §5.1. */
export const U2F_CONTROL = { enforce: 0x03, checkOnly: 0x07, dontEnforce: 0x08 } as const;

/** Times of waiting for a touch, ms. CTAP1 has no KEEPALIVE: the command is sent again until a touch came. */
export type U2fTimes = {
  /** From one try to the next. */
  interval: number;
  /** How long a person may take. */
  touch: number;
};

const DEFAULT_TIMES: U2fTimes = { interval: 250, touch: 30_000 };
const LONGEST_HANDLE = 255;

/** A key handle and what to sign with it; hashes are 32 bytes. */
export type U2fAuthenticateRequest = {
  clientDataHash: Uint8Array;
  /** SHA-256 of the rpId, or of the AppID of older credentials. */
  rpIdHash: Uint8Array;
  /** 1 to 255 bytes */
  keyHandle: Uint8Array;
};

/** CTAP1/U2F over CTAPHID_MSG. Every failure is an ApduError or a KeywrightError. CTAP 2.2 §11.2.9.1.1. */
export class Ctap1 {
  readonly #transport: ApduTransport;
  readonly #times: U2fTimes;

  constructor(transport: ApduTransport, times: Partial<U2fTimes> = {}) {
    this.#transport = transport;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  /** The version that the authenticator speaks: "U2F_V2". U2F_VERSION, FIDO U2F Raw Message Formats §6. */
  async version(call: CallOptions = {}): Promise<string> {
    return Buffer.from(await this.send({ ins: U2F_INS.version }, call)).toString('latin1');
  }

  /**
   * Makes a credential, after a touch. U2F_REGISTER, FIDO U2F Raw Message Formats §4.
   * @throws KeywrightError `authenticator.timed_out` when no touch came, `.cancelled`
   */
  async register(
    request: { clientDataHash: Uint8Array; rpIdHash: Uint8Array },
    call: CallOptions = {},
  ): Promise<U2fRegistration> {
    const data = Buffer.concat([request.clientDataHash, request.rpIdHash]);
    return parseU2fRegistration(await this.#afterTouch({ ins: U2F_INS.register, data }, call));
  }

  /**
   * Signs. U2F_AUTHENTICATE, FIDO U2F Raw Message Formats §5.
   * @param presence `enforce` waits for a touch; `dontEnforce` signs without one, where the authenticator can
   * @throws KeywrightError `authenticator.no_credentials`, `.timed_out`, `.cancelled`
   */
  async authenticate(
    request: U2fAuthenticateRequest,
    presence: 'enforce' | 'dontEnforce',
    call: CallOptions = {},
  ): Promise<U2fSignature> {
    const apdu = authenticateApdu(request, U2F_CONTROL[presence]);
    return parseU2fSignature(
      await (presence === 'enforce' ? this.#afterTouch(apdu, call) : this.send(apdu, call)),
    );
  }

  /** Asks without a touch whether the key handle is of this authenticator and relying party. Check-only, §5.1. */
  async knows(request: U2fAuthenticateRequest, call: CallOptions = {}): Promise<boolean> {
    try {
      await this.send(authenticateApdu(request, U2F_CONTROL.checkOnly), call);
      return true;
    } catch (error) {
      if (ApduError.is(error, 'CONDITIONS_NOT_SATISFIED')) return true;
      // Some authenticators call a handle that cannot be theirs too long or too short.
      if (ApduError.is(error, 'WRONG_DATA', 'WRONG_LENGTH')) return false;
      throw error;
    }
  }

  /** Sends one command and returns the data of its answer. @throws ApduError for every status word but success */
  async send(apdu: Apdu, call: CallOptions = {}): Promise<Uint8Array> {
    return decodeApduAnswer(await this.#transport.msg(encodeApdu(apdu), call));
  }

  async #afterTouch(apdu: Apdu, call: CallOptions): Promise<Uint8Array> {
    const end = performance.now() + this.#times.touch;
    for (;;) {
      try {
        return await this.send(apdu, call);
      } catch (error) {
        if (!ApduError.is(error, 'CONDITIONS_NOT_SATISFIED')) throw error;
      }
      if (performance.now() >= end) throw new KeywrightError('authenticator.timed_out');
      call.onKeepalive?.(KEEPALIVE.UPNEEDED);
      await wait(this.#times.interval, call.signal);
    }
  }
}

function authenticateApdu({ clientDataHash, rpIdHash, keyHandle }: U2fAuthenticateRequest, p1: number): Apdu {
  if (keyHandle.length === 0 || keyHandle.length > LONGEST_HANDLE) {
    throw new RangeError(`A key handle has 1 to ${LONGEST_HANDLE} bytes.`);
  }
  const data = Buffer.concat([clientDataHash, rpIdHash, Uint8Array.of(keyHandle.length), keyHandle]);
  return { ins: U2F_INS.authenticate, p1, data };
}
