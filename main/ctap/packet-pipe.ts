/** Length of every CTAPHID packet on the way here, bytes. */
export const PACKET_SIZE = 64;

/**
 * A way for CTAPHID packets to one device: HID reports, an in-process pipe or UDP. It has no memory of
 * messages or channels. Packets come and go in order, each exactly 64 bytes, without a report id.
 */
export type PacketPipe = {
  /** Sends one packet of 64 bytes. Resolves when it is on its way; rejects when the device is gone. */
  write(packet: Uint8Array): Promise<void>;
  /**
   * Sends the packets of one message, as `write` would one after the other. For pipes that can do so with less
   * work; others leave it out.
   */
  writeAll?(packets: readonly Uint8Array[]): Promise<void>;
  /** Listens to packets from the device; returns the function that stops listening. */
  onPacket(listener: (packet: Uint8Array) => void): () => void;
  /** Listens for the end of the pipe, from either side; returns the function that stops listening. */
  onClose(listener: () => void): () => void;
  /** Closes the pipe; a second call does nothing. */
  close(): void;
};

/** Sends the packets of one message, in order; stops where `isOver` says that nobody wants the rest. */
export async function writePackets(
  pipe: PacketPipe,
  packets: readonly Uint8Array[],
  isOver: () => boolean,
): Promise<void> {
  if (pipe.writeAll !== undefined) return pipe.writeAll(packets);
  for (const packet of packets) {
    await pipe.write(packet);
    if (isOver()) return;
  }
}
