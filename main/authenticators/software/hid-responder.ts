import {
  BROADCAST_CHANNEL,
  CAPABILITY,
  CTAPHID,
  type Frame,
  fragment,
  KEEPALIVE,
  MAX_MESSAGE,
  MessageBuffer,
  parsePacket,
  STATUS,
} from '../../ctap/index.ts';
import type { Transaction } from './device-context.ts';

const PROTOCOL_VERSION = 2;
const DEVICE_VERSION = [1, 0, 0] as const;
const MAX_CHANNELS = 256;

/** Carries out one message. Never rejects. */
export type MessageHandler = (message: Uint8Array, running: Transaction) => Promise<Uint8Array>;

/** Who carries out CTAP2 messages and CTAP1/U2F messages; where nobody does, the device does not know the command. */
export type MessageHandlers = { cbor?: MessageHandler; msg?: MessageHandler };

/** Times of the device side, ms. */
export type ResponderTimes = {
  /** How long the rest of a message may take from packet to packet. CTAP 2.2 §11.2.5.4: at least 500 ms. */
  transaction: number;
  /** From one KEEPALIVE to the next. CTAP 2.2 §11.2.9.1.7. */
  keepalive: number;
};

const DEFAULT_TIMES: ResponderTimes = { transaction: 750, keepalive: 100 };

/** A message whose packets are still coming. */
type Receiving = { channel: number; buffer: MessageBuffer; timer: NodeJS.Timeout };
/** A message that is being carried out. */
type Working = { channel: number; abort: AbortController; timer: NodeJS.Timeout };

/** The device's side of CTAPHID: packets in, packets out, one transaction at a time. CTAP 2.2 §11.2. */
export class HidResponder {
  readonly #send: (packet: Uint8Array) => void;
  readonly #handlers: MessageHandlers;
  readonly #times: ResponderTimes;
  readonly #channels = new Set<number>();
  #nextChannel = 1;
  #receiving: Receiving | null = null;
  #working: Working | null = null;
  /** Settles when the last handler has ended; a handler may outlive the transaction that started it. */
  #idle: Promise<void> = Promise.resolve();

  /** @param handlers a function is one for CTAP2 messages */
  constructor(
    send: (packet: Uint8Array) => void,
    handlers: MessageHandler | MessageHandlers,
    times: Partial<ResponderTimes> = {},
  ) {
    this.#send = send;
    this.#handlers = typeof handlers === 'function' ? { cbor: handlers } : handlers;
    this.#times = { ...DEFAULT_TIMES, ...times };
  }

  /** Takes one packet. Never throws; what is no packet is ignored. */
  receive(packet: Uint8Array): void {
    const frame = parsePacket(packet);
    if (frame === null) return;
    const problem = this.#take(frame);
    if (problem !== null) this.#error(frame.channel, problem);
  }

  /** As after plugging in: what runs is aborted, channels are forgotten. Resolves when nothing runs any more. */
  async reset(): Promise<void> {
    this.#stopReceiving();
    this.#channels.clear();
    this.#abandon();
    await this.#idle;
  }

  /** @returns the CTAPHID error to answer with, or null */
  #take(frame: Frame): number | null {
    if (frame.type === 'cont') return this.#continue(frame);
    return frame.command === CTAPHID.INIT ? this.#init(frame) : this.#begin(frame);
  }

  /** CTAPHID_INIT, CTAP 2.2 §11.2.9.1.3: a new channel, or a fresh start on one that is there. */
  #init({ channel, length, data }: Frame & { type: 'init' }): number | null {
    if (channel !== BROADCAST_CHANNEL && !this.#channels.has(channel)) return STATUS.INVALID_CHANNEL;
    if (length !== 8) return STATUS.INVALID_LENGTH;
    if (this.#receiving?.channel === channel) this.#stopReceiving();
    if (this.#working?.channel === channel) this.#abandon();
    const answer = Buffer.alloc(17);
    answer.set(data.subarray(0, 8));
    answer.writeUInt32BE(channel === BROADCAST_CHANNEL ? this.#allocate() : channel, 8);
    answer.set([PROTOCOL_VERSION, ...DEVICE_VERSION, this.#capabilities()], 12);
    this.#answer(channel, CTAPHID.INIT, answer);
    return null;
  }

  #capabilities(): number {
    const { cbor, msg } = this.#handlers;
    return (
      CAPABILITY.WINK | (cbor === undefined ? 0 : CAPABILITY.CBOR) | (msg === undefined ? CAPABILITY.NMSG : 0)
    );
  }

  #begin(frame: Frame & { type: 'init' }): number | null {
    const { channel, command, length } = frame;
    if (!this.#channels.has(channel)) return STATUS.INVALID_CHANNEL;
    if (command === CTAPHID.CANCEL) {
      // It has no answer of its own: what it stops ends with KEEPALIVE_CANCEL. §11.2.9.1.5
      if (this.#working?.channel === channel) this.#working.abort.abort();
      return null;
    }
    if (this.#working !== null) return STATUS.CHANNEL_BUSY;
    if (this.#receiving !== null) {
      if (this.#receiving.channel !== channel) return STATUS.CHANNEL_BUSY;
      this.#stopReceiving();
      return STATUS.INVALID_SEQ;
    }
    if (length > MAX_MESSAGE) return STATUS.INVALID_LENGTH;
    this.#receiving = { channel, buffer: new MessageBuffer(frame), timer: this.#transactionTimer(channel) };
    return this.#complete();
  }

  #continue(frame: Frame & { type: 'cont' }): number | null {
    const receiving = this.#receiving;
    // A continuation of nothing is passed over in silence. §11.2.5.4
    if (receiving === null || receiving.channel !== frame.channel) return null;
    clearTimeout(receiving.timer);
    if (!receiving.buffer.add(frame)) {
      this.#stopReceiving();
      return STATUS.INVALID_SEQ;
    }
    receiving.timer = this.#transactionTimer(frame.channel);
    return this.#complete();
  }

  /** Carries out the message once all of it is there. */
  #complete(): number | null {
    const receiving = this.#receiving;
    const message = receiving?.buffer.message ?? null;
    if (receiving === null || message === null) return null;
    const { channel, buffer } = receiving;
    this.#stopReceiving();
    switch (buffer.command) {
      case CTAPHID.PING:
        this.#answer(channel, CTAPHID.PING, message);
        return null;
      case CTAPHID.WINK:
        this.#answer(channel, CTAPHID.WINK, new Uint8Array());
        return null;
      case CTAPHID.CBOR:
        return this.#work(channel, buffer.command, message, this.#handlers.cbor);
      case CTAPHID.MSG:
        return this.#work(channel, buffer.command, message, this.#handlers.msg);
      default:
        return STATUS.INVALID_COMMAND;
    }
  }

  #work(
    channel: number,
    command: number,
    message: Uint8Array,
    handle: MessageHandler | undefined,
  ): number | null {
    if (handle === undefined) return STATUS.INVALID_COMMAND;
    if (message.length === 0) return STATUS.INVALID_LENGTH;
    const abort = new AbortController();
    let status: number = KEEPALIVE.PROCESSING;
    const keepalive = () => this.#answer(channel, CTAPHID.KEEPALIVE, Uint8Array.of(status));
    const timer = setInterval(keepalive, this.#times.keepalive);
    const waiting = (forTouch: boolean) => {
      if (abort.signal.aborted) return;
      status = forTouch ? KEEPALIVE.UPNEEDED : KEEPALIVE.PROCESSING;
      keepalive();
    };
    this.#working = { channel, abort, timer };
    this.#idle = this.#idle.then(async () => {
      const answer = await handle(message, { signal: abort.signal, waiting });
      clearInterval(timer);
      // A transaction that INIT or a reset has ended has no one left to answer to.
      if (this.#working?.abort !== abort) return;
      this.#working = null;
      this.#answer(channel, command, answer);
    });
    return null;
  }

  #abandon(): void {
    if (this.#working === null) return;
    clearInterval(this.#working.timer);
    this.#working.abort.abort();
    this.#working = null;
  }

  #stopReceiving(): void {
    clearTimeout(this.#receiving?.timer);
    this.#receiving = null;
  }

  #transactionTimer(channel: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#stopReceiving();
      this.#error(channel, STATUS.TIMEOUT);
    }, this.#times.transaction);
  }

  #allocate(): number {
    // Programs do not give channels back: the oldest goes when there are too many.
    const [oldest] = this.#channels;
    if (this.#channels.size >= MAX_CHANNELS && oldest !== undefined) this.#channels.delete(oldest);
    while (this.#channels.has(this.#nextChannel)) this.#nextChannel += 1;
    const channel = this.#nextChannel;
    this.#nextChannel = channel >= BROADCAST_CHANNEL - 1 ? 1 : channel + 1;
    this.#channels.add(channel);
    return channel;
  }

  #error(channel: number, status: number): void {
    this.#answer(channel, CTAPHID.ERROR, Uint8Array.of(status));
  }

  #answer(channel: number, command: number, message: Uint8Array): void {
    for (const packet of fragment(channel, command, message)) this.#send(packet);
  }
}
