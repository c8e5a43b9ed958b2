import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragment, MAX_MESSAGE, MessageBuffer, parsePacket } from '../../../main/ctap/index.ts';

/** Puts packets together again, as a receiver does. */
function assemble([first, ...rest]: Uint8Array[]) {
  const head = first === undefined ? null : parsePacket(first);
  if (head?.type !== 'init') return null;
  const buffer = new MessageBuffer(head);
  for (const packet of rest) {
    const frame = parsePacket(packet);
    if (frame?.type !== 'cont' || !buffer.add(frame)) return null;
  }
  return buffer;
}

describe('CTAPHID framing', () => {
  it('gives back any message on any channel, in packets of 64 bytes', () => {
    const channel = fc.integer({ min: 0, max: 0xffffffff });
    const command = fc.integer({ min: 0, max: 0x7f });
    const message = fc
      .tuple(fc.integer({ min: 0, max: MAX_MESSAGE }), fc.integer({ min: 1, max: 255 }))
      .map(([length, step]) => Uint8Array.from({ length }, (_, i) => (i * step) % 251));
    fc.assert(
      fc.property(channel, command, message, (cid, cmd, data) => {
        const packets = fragment(cid, cmd, data);
        for (const packet of packets) {
          expect(packet.length).toBe(64);
          expect(parsePacket(packet)?.channel).toBe(cid);
        }
        const buffer = assemble(packets);
        expect(buffer?.command).toBe(cmd);
        expect(buffer?.message).toEqual(data);
      }),
    );
  });

  it('needs 129 packets for the longest message and refuses a longer one', () => {
    expect(MAX_MESSAGE).toBe(7609);
    expect(fragment(1, 1, new Uint8Array(7609))).toHaveLength(129);
    expect(() => fragment(1, 1, new Uint8Array(7610))).toThrow(RangeError);
  });

  it('has no message before the last packet, and none with a packet left out, doubled or swapped', () => {
    const packets = fragment(7, 0x10, new Uint8Array(400).fill(9));
    expect(assemble(packets.slice(0, -1))?.message).toBeNull();
    expect(assemble(packets.toSpliced(2, 1))).toBeNull();
    expect(assemble(packets.flatMap((packet, i) => (i === 2 ? [packet, packet] : [packet])))).toBeNull();
    expect(assemble(packets.toSpliced(1, 2, ...packets.slice(1, 3).reverse()))).toBeNull();
  });

  it('knows no packet that does not have 64 bytes', () => {
    expect(parsePacket(new Uint8Array(63))).toBeNull();
    expect(parsePacket(new Uint8Array(65))).toBeNull();
  });
});
