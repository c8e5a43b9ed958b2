import { KeywrightError } from '../../shared/errors/index.ts';
import type { CallOptions, HidTimes } from './hid-device.ts';
import { CTAPHID, type Frame, fragment, MAX_MESSAGE, MessageBuffer, parsePacket } from './hid-frames.ts';
import { type PacketPipe, writePackets } from './packet-pipe.ts';
import { CtapError, STATUS } from './status.ts';

/** The errors that can be an answer to CTAPHID_INIT from a device in order. */
const ABOUT_CHANNELS: readonly number[] = [STATUS.CHANNEL_BUSY, STATUS.INVALID_CHANNEL];

/** Timers may be this much early by the clock that the deadlines are kept in, ms. */
const TIMER_SLACK = 1;

/** One request on its way. */
export type Attempt = CallOptions & {
  command: number;
  channel: number;
  packets: readonly Uint8Array[];
  times: HidTimes;
  /** For CTAPHID_INIT: tells our answer from others', which are ignored. */
  isOurs?: ((message: Uint8Array) => boolean) | undefined;
};

/**
 * Sends the packets of a request and waits for its answer. Packets of other channels are ignored, a
 * KEEPALIVE restarts the wait, as long as all of it stays below the total. CTAP 2.2 §11.2.5.
 * @returns the message of the answer
 * @throws CtapError for CTAPHID_ERROR
 * @throws KeywrightError `authenticator.no_answer`, `.removed`, `.cancelled`, `.timed_out`, `.malformed_answer`
 */
export function awaitAnswer(pipe: PacketPipe, attempt: Attempt): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    new Transaction(pipe, attempt, resolve, reject).start();
  });
}

class Transaction {
  readonly #pipe: PacketPipe;
  readonly #attempt: Attempt;
  readonly #resolve: (message: Uint8Array) => void;
  readonly #reject: (error: KeywrightError) => void;
  readonly #stop: (() => void)[] = [];
  #buffer: MessageBuffer | null = null;
  #sent = false;
  #settled = false;
  #expired = false;
  /** When the silence of the device has lasted too long, and when all of it has. */
  #silentAt: number;
  #totalAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    pipe: PacketPipe,
    attempt: Attempt,
    resolve: (message: Uint8Array) => void,
    reject: (error: KeywrightError) => void,
  ) {
    this.#pipe = pipe;
    this.#attempt = attempt;
    this.#resolve = resolve;
    this.#reject = reject;
    const now = performance.now();
    this.#silentAt = now + attempt.times.command;
    this.#totalAt = now + attempt.times.total;
  }

  start(): void {
    const { signal, times } = this.#attempt;
    this.#stop.push(this.#pipe.onClose(() => this.#fail(new KeywrightError('authenticator.removed'))));
    this.#stop.push(this.#pipe.onPacket((packet) => this.#receive(packet)));
    if (this.#settled) {
      // A pipe that was gone already may have said so while it was listened to.
      this.#settle();
      return;
    }
    signal?.addEventListener('abort', this.#cancel);
    this.#wake(Math.min(times.command, times.total));
    this.#send().catch(this.#gone);
  }

  async #send(): Promise<void> {
    await writePackets(this.#pipe, this.#attempt.packets, () => this.#settled);
    if (this.#settled) return;
    this.#sent = true;
    if (this.#attempt.signal?.aborted || this.#expired) this.#giveUp();
  }

  readonly #cancel = (): void => {
    // CTAPHID_INIT cannot be cancelled, and needs no cancelling: it starts nothing.
    if (this.#attempt.isOurs === undefined) this.#giveUp();
    else this.#fail(new KeywrightError('authenticator.cancelled'));
  };

  #giveUp(): void {
    // A CANCEL between the packets of a request would break it; it follows once all are sent.
    if (!this.#sent) return;
    const { channel, times } = this.#attempt;
    this.#silentAt = performance.now() + times.cancel;
    this.#wake(times.cancel);
    const [packet] = fragment(channel, CTAPHID.CANCEL, new Uint8Array());
    if (packet === undefined) return;
    this.#pipe.write(packet).catch(this.#gone);
  }

  #receive(packet: Uint8Array): void {
    const frame = parsePacket(packet);
    if (frame === null || frame.channel !== this.#attempt.channel) return;
    if (frame.type === 'cont') {
      // A continuation without a beginning belongs to an answer that was given up.
      if (this.#buffer !== null && !this.#buffer.add(frame)) this.#fail(malformed());
    } else if (this.#attempt.isOurs === undefined) {
      this.#begin(frame);
    } else {
      this.#beginInit(frame);
    }
    if (this.#buffer?.message) this.#finish(this.#buffer.message);
  }

  #begin(frame: Frame & { type: 'init' }): void {
    const { command, onKeepalive, signal, times } = this.#attempt;
    if (frame.command === CTAPHID.ERROR) {
      this.#fail(new CtapError(frame.data[0] ?? 0));
    } else if (this.#buffer !== null || frame.length > MAX_MESSAGE) {
      this.#fail(malformed());
    } else if (frame.command === CTAPHID.KEEPALIVE) {
      if (!signal?.aborted && !this.#expired) this.#silentAt = performance.now() + times.command;
      onKeepalive?.(frame.data[0] ?? 0);
    } else if (frame.command === command) {
      this.#buffer = new MessageBuffer(frame);
    } else {
      this.#fail(malformed());
    }
  }

  // While a channel is asked for, answers to others and leftovers of a broken conversation pass by.
  #beginInit(frame: Frame & { type: 'init' }): void {
    const status = frame.data[0] ?? 0;
    if (frame.command === this.#attempt.command && frame.length <= MAX_MESSAGE) {
      this.#buffer = new MessageBuffer(frame);
    } else if (frame.command === CTAPHID.ERROR && ABOUT_CHANNELS.includes(status)) {
      this.#fail(new CtapError(status));
    }
  }

  #finish(message: Uint8Array): void {
    const { command, isOurs } = this.#attempt;
    if (isOurs !== undefined && !isOurs(message)) {
      this.#buffer = null;
      return;
    }
    const cancelled = message.length === 1 && message[0] === STATUS.KEEPALIVE_CANCEL;
    if (this.#expired && command === CTAPHID.CBOR && cancelled) {
      this.#fail(this.#outOfTime());
      return;
    }
    this.#settle();
    this.#resolve(message);
  }

  readonly #gone = (cause: unknown): void => {
    this.#fail(new KeywrightError('authenticator.removed', { cause }));
  };

  #fail(error: KeywrightError): void {
    this.#settle();
    this.#buffer = null;
    this.#reject(error);
  }

  #wake(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, ms);
  }

  /** One timer for both deadlines; a KEEPALIVE moves the first of them, and the timer finds that when it is due. */
  readonly #look = (): void => {
    const now = performance.now() + TIMER_SLACK;
    if (now >= this.#totalAt && !this.#expired) {
      this.#expired = true;
      this.#giveUp();
    }
    if (this.#settled) return;
    if (now >= this.#silentAt) {
      this.#fail(this.#outOfTime());
      return;
    }
    const next = this.#expired ? this.#silentAt : Math.min(this.#silentAt, this.#totalAt);
    this.#wake(Math.max(next - now + TIMER_SLACK, TIMER_SLACK));
  };

  #outOfTime(): KeywrightError {
    if (this.#attempt.signal?.aborted) return new KeywrightError('authenticator.cancelled');
    return new KeywrightError(this.#expired ? 'authenticator.timed_out' : 'authenticator.no_answer');
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#attempt.signal?.removeEventListener('abort', this.#cancel);
    for (const off of this.#stop) off();
  }
}

function malformed(): KeywrightError {
  return new KeywrightError('authenticator.malformed_answer');
}
