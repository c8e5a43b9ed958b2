import { PACKET_SIZE } from './packet-pipe.ts';

/** CTAPHID commands, without the initialization bit. CTAP 2.2 §11.2.9. */
export const CTAPHID = {
  PING: 0x01,
  MSG: 0x03,
  LOCK: 0x04,
  INIT: 0x06,
  WINK: 0x08,
  CBOR: 0x10,
  CANCEL: 0x11,
  KEEPALIVE: 0x3b,
  ERROR: 0x3f,
} as const;

/** Capability flags of CTAPHID_INIT. CTAP 2.2 §11.2.9.1.3. */
export const CAPABILITY = { WINK: 0x01, CBOR: 0x04, NMSG: 0x08 } as const;

/** Status byte of CTAPHID_KEEPALIVE. CTAP 2.2 §11.2.9.1.7. */
export const KEEPALIVE = { PROCESSING: 1, UPNEEDED: 2 } as const;

/** The channel on which new channels are asked for. */
export const BROADCAST_CHANNEL = 0xffffffff;

const INIT_HEADER = 7;
const CONT_HEADER = 5;
const INIT_BIT = 0x80;
const MAX_SEQUENCE = 0x7f;
/** Bytes of a message that an initialization packet and a continuation packet carry. */
const FIRST_DATA = PACKET_SIZE - INIT_HEADER;
const NEXT_DATA = PACKET_SIZE - CONT_HEADER;

/** Longest message: one initialization packet and 128 continuation packets of 64 bytes. CTAP 2.2 §11.2.4. */
export const MAX_MESSAGE = FIRST_DATA + (MAX_SEQUENCE + 1) * NEXT_DATA;

/** A packet taken apart. CTAP 2.2 §11.2.4. */
export type Frame =
  | { type: 'init'; channel: number; command: number; length: number; data: Uint8Array }
  | { type: 'cont'; channel: number; sequence: number; data: Uint8Array };

/**
 * Cuts a message into packets of 64 bytes, padded with zeros. CTAP 2.2 §11.2.4.
 * @throws RangeError when the message is longer than 7609 bytes
 */
export function fragment(channel: number, command: number, message: Uint8Array): Uint8Array[] {
  if (message.length > MAX_MESSAGE)
    throw new RangeError(`A CTAPHID message has at most ${MAX_MESSAGE} bytes.`);
  const rest = Math.max(0, message.length - FIRST_DATA);
  const count = 1 + Math.ceil(rest / NEXT_DATA);
  const all = new Uint8Array(count * PACKET_SIZE);
  const view = new DataView(all.buffer);
  view.setUint32(0, channel);
  view.setUint8(4, INIT_BIT | command);
  view.setUint16(5, message.length);
  all.set(message.subarray(0, FIRST_DATA), INIT_HEADER);
  const packets = [all.subarray(0, PACKET_SIZE)];
  for (let sequence = 0; sequence < count - 1; sequence += 1) {
    const at = (sequence + 1) * PACKET_SIZE;
    const from = FIRST_DATA + sequence * NEXT_DATA;
    view.setUint32(at, channel);
    view.setUint8(at + 4, sequence);
    all.set(message.subarray(from, from + NEXT_DATA), at + CONT_HEADER);
    packets.push(all.subarray(at, at + PACKET_SIZE));
  }
  return packets;
}

/** Takes a packet apart; null where it does not have 64 bytes. The data still carries the padding. */
export function parsePacket(packet: Uint8Array): Frame | null {
  if (packet.length !== PACKET_SIZE) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channel = view.getUint32(0);
  const mark = view.getUint8(4);
  if ((mark & INIT_BIT) === 0) {
    return { type: 'cont', channel, sequence: mark, data: packet.subarray(CONT_HEADER) };
  }
  return {
    type: 'init',
    channel,
    command: mark & ~INIT_BIT,
    length: view.getUint16(5),
    data: packet.subarray(INIT_HEADER),
  };
}

/** Puts the packets of one message together again. */
export class MessageBuffer {
  readonly command: number;
  readonly #bytes: Uint8Array;
  #filled = 0;
  #next = 0;

  /** Starts with an initialization packet whose length was checked against {@link MAX_MESSAGE}. */
  constructor(first: Frame & { type: 'init' }) {
    this.command = first.command;
    this.#bytes = new Uint8Array(first.length);
    this.#take(first.data);
  }

  /** Adds a continuation packet; false where its sequence number is not the next one. */
  add(frame: Frame & { type: 'cont' }): boolean {
    if (frame.sequence !== this.#next) return false;
    this.#next += 1;
    this.#take(frame.data);
    return true;
  }

  /** The whole message once all of it is there, else null. */
  get message(): Uint8Array | null {
    return this.#filled === this.#bytes.length ? this.#bytes : null;
  }

  #take(data: Uint8Array): void {
    const part = data.subarray(0, this.#bytes.length - this.#filled);
    this.#bytes.set(part, this.#filled);
    this.#filled += part.length;
  }
}
