import { KeywrightError } from '../../../shared/errors/index.ts';
import type { PacketPipe } from '../../ctap/index.ts';

/**
 * Carries packets between a software key and the programs that opened it, as a HID device does: every program
 * hears all that the device says, the device hears them all.
 */
export class InProcessBus {
  readonly #pipes = new Set<BusPipe>();
  #deviceListener: (packet: Uint8Array) => void = () => undefined;

  /** Sets who receives the packets that are meant for the device. */
  listen(listener: (packet: Uint8Array) => void): void {
    this.#deviceListener = listener;
  }

  /** The device sends a packet to all who have it open. */
  send(packet: Uint8Array): void {
    for (const pipe of this.#pipes) pipe.deliver(packet);
  }

  /** Opens the device for one program. */
  connect(): PacketPipe {
    const pipe = new BusPipe(
      (packet) => queueMicrotask(() => this.#deviceListener(packet)),
      () => this.#pipes.delete(pipe),
    );
    this.#pipes.add(pipe);
    return pipe;
  }

  /** Takes the device out: closes all pipes. */
  unplug(): void {
    for (const pipe of this.#pipes) pipe.close();
  }
}

class BusPipe implements PacketPipe {
  readonly #toDevice: (packet: Uint8Array) => void;
  readonly #forget: () => void;
  readonly #packetListeners = new Set<(packet: Uint8Array) => void>();
  readonly #closeListeners = new Set<() => void>();
  #closed = false;

  constructor(toDevice: (packet: Uint8Array) => void, forget: () => void) {
    this.#toDevice = toDevice;
    this.#forget = forget;
  }

  async write(packet: Uint8Array): Promise<void> {
    if (this.#closed) throw new KeywrightError('authenticator.removed');
    // The sender may wipe its packet as soon as it is written.
    this.#toDevice(packet.slice());
  }

  deliver(packet: Uint8Array): void {
    const copy = packet.slice();
    queueMicrotask(() => {
      for (const listener of [...this.#packetListeners]) listener(copy);
    });
  }

  onPacket(listener: (packet: Uint8Array) => void): () => void {
    this.#packetListeners.add(listener);
    return () => this.#packetListeners.delete(listener);
  }

  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    for (const listener of [...this.#closeListeners]) listener();
  }
}
