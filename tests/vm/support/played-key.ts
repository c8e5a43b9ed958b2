import { setTimeout as delay } from 'node:timers/promises';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import { CTAPHID, KEEPALIVE, PACKET_SIZE, type PacketPipe, parsePacket } from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import type { Behaves } from './orders.ts';
import { UhidDevice } from './uhid.ts';

// The example of CTAP 2.2 §11.2.8.2.
const DESCRIPTOR = Buffer.from('06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0', 'hex');

/** What is behind a node. */
type Inner = { connect(): PacketPipe; touch(): void; powerCycle(): Promise<void> };

/** A software key behind /dev/uhid. It keeps its PIN and its passkeys while it is pulled out. */
export class PlayedKey {
  #key: Inner | null = null;
  #hid: UhidDevice | null = null;
  #pipe: PacketPipe | null = null;
  #waits = false;
  readonly #onWait = new Set<() => void>();

  /** Makes a key that is not plugged in. */
  static async make(behaves: Behaves, name: string, serial: string): Promise<PlayedKey> {
    const key = new PlayedKey();
    key.#key = await key.#inner(behaves, serial);
    const options = { name, serial, vendorId: 0x1209, productId: 0xf1d0, descriptor: DESCRIPTOR };
    key.#hid = await UhidDevice.open(options, (packet) => {
      // A packet that comes just when the key is pulled out is lost, as it would be on a cable.
      key.#pipe?.write(packet).catch(() => undefined);
    });
    return key;
  }

  async plugIn(): Promise<void> {
    this.#pipe = this.#key?.connect() ?? null;
    this.#pipe?.onPacket((packet) => {
      this.#hid?.send(packet);
      this.#watchForWait(packet);
    });
    await this.#hid?.plugIn();
  }

  async pullOut(): Promise<void> {
    this.#hid?.pullOut();
    this.#waits = false;
    await this.#key?.powerCycle();
  }

  touch(): void {
    this.#waits = false;
    this.#key?.touch();
  }

  /** Resolves when the key waits for a touch. */
  waiting(): Promise<void> {
    if (this.#waits) return Promise.resolve();
    return new Promise((resolve) => this.#onWait.add(resolve));
  }

  /** Sends numbered packets on no channel, two every 5 ms: slower than the kernel's buffer of 64 is read. */
  async send(packets: number): Promise<void> {
    for (let number = 0; number < packets; number += 1) {
      const packet = Buffer.alloc(PACKET_SIZE);
      packet.writeUInt32BE(number, 5);
      this.#hid?.send(packet);
      if (number % 2 === 1) await delay(5);
    }
  }

  async #inner(behaves: Behaves, serial: string): Promise<Inner> {
    if (behaves === 'software') {
      return new SoftwareDevice({ keyId: serial, clock: systemClock, home: 'throw-away' });
    }
    const { openTestKey } = await import('../../support/keys/test-key.ts');
    const key = await openTestKey({
      persona: behaves,
      touch: 'manual',
      onWaiting: () => this.#beginToWait(),
    });
    return { ...key, touch: () => (behaves === 'builtInUv' ? key.finger('ok') : key.touch()) };
  }

  #watchForWait(packet: Uint8Array): void {
    const frame = parsePacket(packet);
    if (frame?.type !== 'init') return;
    if (frame.command === CTAPHID.CBOR) this.#waits = false;
    if (frame.command === CTAPHID.KEEPALIVE && frame.data[0] === KEEPALIVE.UPNEEDED) this.#beginToWait();
  }

  #beginToWait(): void {
    this.#waits = true;
    for (const resolve of this.#onWait) resolve();
    this.#onWait.clear();
  }
}
