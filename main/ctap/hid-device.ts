import { randomBytes, timingSafeEqual } from 'node:crypto';
import { KeywrightError } from '../../shared/errors/index.ts';
import { BROADCAST_CHANNEL, CAPABILITY, CTAPHID, fragment, MAX_MESSAGE } from './hid-frames.ts';
import { type Attempt, awaitAnswer } from './hid-transaction.ts';
import type { PacketPipe } from './packet-pipe.ts';
import { CtapError } from './status.ts';
import { wait } from './wait.ts';

/** What a device says about itself in its answer to CTAPHID_INIT. CTAP 2.2 §11.2.9.1.3. */
export type HidDeviceInfo = {
  protocolVersion: number;
  /** major, minor, build */
  deviceVersion: readonly [number, number, number];
  capabilities: number;
};

/** Times of the transport, ms. */
export type HidTimes = {
  /** How long a command may stay without an answer or a KEEPALIVE. */
  command: number;
  /** How long a command may take, however many KEEPALIVEs come; then it is cancelled. */
  total: number;
  /** How long a cancelled command may take to end before it is given up. */
  cancel: number;
  /** The first wait after CHANNEL_BUSY; it doubles up to six times. */
  busyWait: number;
};

const DEFAULT_TIMES: HidTimes = { command: 3000, total: 300_000, cancel: 1000, busyWait: 50 };
const BUSY_TRIES = 7;
const MOST_LOCK_SECONDS = 10;

/** How one command is run. */
export type CallOptions = {
  /** Aborting sends CTAPHID_CANCEL; the command then ends with `authenticator.cancelled`. */
  signal?: AbortSignal | undefined;
  /** Called for every KEEPALIVE with its status: 1 processing, 2 touch needed. */
  onKeepalive?: ((status: number) => void) | undefined;
};

/**
 * A FIDO device behind a packet pipe: one channel of its own, one command at a time; others wait in line.
 * CTAP 2.2 §11.2.
 */
export class HidDevice {
  readonly #pipe: PacketPipe;
  readonly #times: HidTimes;
  #channel = BROADCAST_CHANNEL;
  #inStep = false;
  #info: HidDeviceInfo | null = null;
  #line: Promise<unknown> = Promise.resolve();
  #inUse = 0;
  #closed = false;

  private constructor(pipe: PacketPipe, times: HidTimes) {
    this.#pipe = pipe;
    this.#times = times;
    pipe.onClose(() => {
      this.#closed = true;
    });
  }

  /**
   * Takes over an open pipe and asks the device for a channel. The pipe is closed where that fails.
   * @throws KeywrightError `authenticator.no_answer`, `.removed`, `.busy`
   */
  static async open(
    pipe: PacketPipe,
    options: { times?: Partial<HidTimes>; signal?: AbortSignal } = {},
  ): Promise<HidDevice> {
    const device = new HidDevice(pipe, { ...DEFAULT_TIMES, ...options.times });
    try {
      await device.#inLine(options, () => device.#initialize(options));
      return device;
    } catch (error) {
      pipe.close();
      throw error;
    }
  }

  /** What the device said at its last CTAPHID_INIT. */
  get info(): HidDeviceInfo {
    if (this.#info === null) throw new KeywrightError('authenticator.removed');
    return this.#info;
  }

  /** True where the device speaks CTAP2. */
  get supportsCbor(): boolean {
    return (this.info.capabilities & CAPABILITY.CBOR) !== 0;
  }

  /** True where the device speaks CTAP1/U2F. */
  get supportsU2f(): boolean {
    return (this.info.capabilities & CAPABILITY.NMSG) === 0;
  }

  /** Sends a CTAP2 message and returns status byte and data as they came. CTAPHID_CBOR, CTAP 2.2 §11.2.9.1.2. */
  cbor(message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return this.call(CTAPHID.CBOR, message, options);
  }

  /** Sends an APDU of CTAP1/U2F and returns data and status word as they came. CTAPHID_MSG, CTAP 2.2 §11.2.9.1.1. */
  msg(apdu: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return this.call(CTAPHID.MSG, apdu, options);
  }

  /**
   * Sends bytes, which the device must send back unchanged. CTAPHID_PING, CTAP 2.2 §11.2.9.1.4.
   * @throws KeywrightError `authenticator.malformed_answer` when they come back changed
   */
  async ping(data: Uint8Array, options: CallOptions = {}): Promise<void> {
    const answer = await this.call(CTAPHID.PING, data, options);
    if (Buffer.compare(answer, data) !== 0) throw new KeywrightError('authenticator.malformed_answer');
  }

  /** Lets the device blink, so that a person sees which one it is. CTAPHID_WINK, CTAP 2.2 §11.2.9.2.1. */
  async wink(options: CallOptions = {}): Promise<void> {
    await this.call(CTAPHID.WINK, new Uint8Array(), options);
  }

  /**
   * Keeps other programs away from the device for some seconds; 0 lets them back in. They see CHANNEL_BUSY.
   * CTAPHID_LOCK, CTAP 2.2 §11.2.9.2.2.
   * @param seconds 0 to 10
   * @throws CtapError INVALID_COMMAND on the many devices that do not have it
   */
  async lock(seconds: number, options: CallOptions = {}): Promise<void> {
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > MOST_LOCK_SECONDS) {
      throw new RangeError(`A device is locked for 0 to ${MOST_LOCK_SECONDS} seconds.`);
    }
    await this.call(CTAPHID.LOCK, Uint8Array.of(seconds), options);
  }

  /**
   * Runs one CTAPHID command, after those that were asked before it, and backs off while another program
   * uses the device.
   * @param data at most 7609 bytes
   * @throws CtapError for a CTAPHID error
   * @throws KeywrightError `authenticator.no_answer`, `.removed`, `.cancelled`, `.timed_out`, `.request_too_large`
   */
  call(command: number, data: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return this.#inLine(options, async () => {
      if (data.length > MAX_MESSAGE) throw new KeywrightError('authenticator.request_too_large');
      if (!this.#inStep) await this.#initialize(options);
      return this.#withBackOff(options, () => this.#transact(command, data, options));
    });
  }

  /** Listens for the end of the device, from either side; returns the function that stops listening. */
  onClose(listener: () => void): () => void {
    return this.#pipe.onClose(listener);
  }

  /** Closes the pipe. A command that runs ends with `authenticator.removed`. */
  close(): void {
    this.#pipe.close();
  }

  #inLine<T>(options: CallOptions, run: () => Promise<T>): Promise<T> {
    const begin = async (): Promise<T> => {
      if (this.#closed) throw new KeywrightError('authenticator.removed');
      if (options.signal?.aborted) throw new KeywrightError('authenticator.cancelled');
      return run();
    };
    // Where nobody waits, the request is on its way when this returns: the caller can work while the device does.
    const free = this.#inUse === 0;
    this.#inUse += 1;
    const turn = free ? begin() : this.#line.then(begin);
    const end = () => {
      this.#inUse -= 1;
    };
    // The next in line must run whether or not this one failed; the failure itself goes to the caller.
    this.#line = turn.then(end, end);
    return turn;
  }

  /**
   * Asks for a channel or, where there is one that got out of step, tells the device to drop what it does
   * on it. CTAPHID_INIT, CTAP 2.2 §11.2.9.1.3.
   */
  async #initialize(options: CallOptions): Promise<void> {
    const nonce = randomBytes(8);
    // Every program that listens hears every answer on the broadcast channel: only ours carries our nonce.
    const isOurs = (message: Uint8Array) =>
      message.length >= 17 && timingSafeEqual(message.subarray(0, 8), nonce);
    let answer: Uint8Array;
    try {
      answer = await this.#withBackOff(options, () => this.#transact(CTAPHID.INIT, nonce, options, isOurs));
    } catch (error) {
      if (!CtapError.is(error, 'INVALID_CHANNEL') || this.#channel === BROADCAST_CHANNEL) throw error;
      this.#channel = BROADCAST_CHANNEL;
      return this.#initialize(options);
    }
    const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
    const channel = view.getUint32(8);
    const reserved = channel === 0 || channel === BROADCAST_CHANNEL;
    // On a channel that is ours, INIT begins afresh and changes nothing.
    if (reserved || (this.#channel !== BROADCAST_CHANNEL && channel !== this.#channel)) {
      this.#channel = BROADCAST_CHANNEL;
      throw new KeywrightError('authenticator.malformed_answer');
    }
    this.#channel = channel;
    this.#info = {
      protocolVersion: view.getUint8(12),
      deviceVersion: [view.getUint8(13), view.getUint8(14), view.getUint8(15)],
      capabilities: view.getUint8(16),
    };
    this.#inStep = true;
  }

  async #withBackOff<T>(options: CallOptions, run: () => Promise<T>): Promise<T> {
    for (let attempt = 1, pause = this.#times.busyWait; ; attempt += 1, pause *= 2) {
      try {
        return await run();
      } catch (error) {
        if (!CtapError.is(error, 'CHANNEL_BUSY') || attempt === BUSY_TRIES) throw error;
      }
      await wait(pause, options.signal);
    }
  }

  async #transact(
    command: number,
    data: Uint8Array,
    options: CallOptions,
    isOurs?: Attempt['isOurs'],
  ): Promise<Uint8Array> {
    const channel = this.#channel;
    const packets = fragment(channel, command, data);
    try {
      const { signal, onKeepalive } = options;
      const attempt = { command, channel, packets, times: this.#times, isOurs, signal, onKeepalive };
      return await awaitAnswer(this.#pipe, attempt);
    } catch (error) {
      // After a broken conversation an old answer may still arrive: initialize before the next command.
      if (!CtapError.is(error, 'CHANNEL_BUSY')) this.#inStep = false;
      throw error;
    } finally {
      // Requests may carry an encrypted PIN or a token's proof; nothing needs these copies any more.
      for (const packet of packets) packet.fill(0);
    }
  }
}
