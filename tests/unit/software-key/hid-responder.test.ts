import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BROADCAST_CHANNEL,
  type CborValue,
  CTAPHID,
  encodeCbor,
  fragment,
  HidDevice,
  MessageBuffer,
  type PacketPipe,
  parsePacket,
  STATUS,
} from '../../../main/ctap/index.ts';
import { connect, throwAwayKey } from './helpers.ts';

/** A program that speaks in bare packets. */
function bare(pipe: PacketPipe) {
  const answers: { channel: number; command: number; message: Uint8Array }[] = [];
  const waiting: (() => void)[] = [];
  let buffer: MessageBuffer | null = null;
  pipe.onPacket((packet) => {
    const frame = parsePacket(packet);
    if (frame?.type === 'init') buffer = new MessageBuffer(frame);
    else if (frame?.type === 'cont') buffer?.add(frame);
    if (!buffer?.message || frame === null) return;
    answers.push({ channel: frame.channel, command: buffer.command, message: buffer.message });
    buffer = null;
    waiting.shift()?.();
  });
  const next = async () => {
    if (answers.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    return answers.shift();
  };
  const send = async (...packets: Uint8Array[]) => {
    for (const packet of packets) await pipe.write(packet);
  };
  return {
    send,
    next,
    async channel(): Promise<number> {
      await send(...fragment(BROADCAST_CHANNEL, CTAPHID.INIT, new Uint8Array(8).fill(4)));
      return Buffer.from((await next())?.message ?? []).readUInt32BE(8);
    },
  };
}

const error = (channel: number, status: number) => ({
  channel,
  command: CTAPHID.ERROR,
  message: Uint8Array.of(status),
});

async function program(options: Parameters<typeof throwAwayKey>[0] = {}) {
  const { device, hid, ctap } = await throwAwayKey(options);
  return { device, hid, ctap, ...bare(device.connect()) };
}

describe('the device side of CTAPHID', () => {
  it('gives every program a channel of its own', async () => {
    const { channel } = await program();
    const channels = [await channel(), await channel(), await channel()];
    expect(new Set(channels).size).toBe(3);
    expect(channels).not.toContain(0);
    expect(channels).not.toContain(BROADCAST_CHANNEL);
  });

  it('echoes PING of any length and answers WINK', async () => {
    const { hid } = await throwAwayKey();
    for (const length of [0, 1, 57, 58, 116, 117, 7609]) await hid.ping(new Uint8Array(length).fill(length));
    await hid.wink();
    expect(hid.supportsCbor).toBe(true);
  });

  it('refuses channels that it did not give', async () => {
    const { send, next } = await program();
    for (const channel of [0, 0x7777, BROADCAST_CHANNEL]) {
      await send(...fragment(channel, CTAPHID.PING, Buffer.from('x')));
      expect(await next()).toEqual(error(channel, STATUS.INVALID_CHANNEL));
    }
  });

  it('refuses wrong lengths and unknown commands', async () => {
    const { send, next, channel } = await program();
    const cid = await channel();
    const tooLong = Uint8Array.from(fragment(cid, CTAPHID.PING, new Uint8Array(10))[0] ?? []);
    tooLong.set([0x1d, 0xba], 5);
    await send(tooLong);
    expect(await next()).toEqual(error(cid, STATUS.INVALID_LENGTH));
    await send(...fragment(BROADCAST_CHANNEL, CTAPHID.INIT, new Uint8Array(7)));
    expect(await next()).toEqual(error(BROADCAST_CHANNEL, STATUS.INVALID_LENGTH));
    await send(...fragment(cid, CTAPHID.CBOR, new Uint8Array()));
    expect(await next()).toEqual(error(cid, STATUS.INVALID_LENGTH));
    for (const command of [CTAPHID.MSG, CTAPHID.LOCK, 0x55]) {
      await send(...fragment(cid, command, Buffer.from('x')));
      expect(await next()).toEqual(error(cid, STATUS.INVALID_COMMAND));
    }
  });

  it('refuses packets out of order and is ready for the next message', async () => {
    const { send, next, channel } = await program();
    const cid = await channel();
    const packets = fragment(cid, CTAPHID.PING, new Uint8Array(200).fill(1));
    await send(...packets.toSpliced(1, 1));
    expect(await next()).toEqual(error(cid, STATUS.INVALID_SEQ));
    // A new message in the middle of another is out of order as well.
    await send(...packets.slice(0, 2), ...fragment(cid, CTAPHID.PING, Buffer.from('new')));
    expect(await next()).toEqual(error(cid, STATUS.INVALID_SEQ));
    await send(...packets);
    expect((await next())?.message).toEqual(new Uint8Array(200).fill(1));
  });

  it('gives up on a message whose rest does not come', async () => {
    const { send, next, channel } = await program({ times: { transaction: 20 } });
    const cid = await channel();
    const packets = fragment(cid, CTAPHID.PING, new Uint8Array(200));
    await send(...packets.slice(0, 2));
    expect(await next()).toEqual(error(cid, STATUS.TIMEOUT));
    await send(...packets.slice(2), ...fragment(cid, CTAPHID.PING, Buffer.from('on')));
    expect(await next()).toEqual({
      channel: cid,
      command: CTAPHID.PING,
      message: new Uint8Array(Buffer.from('on')),
    });
  });

  it('starts afresh with INIT on the same channel', async () => {
    const { send, next, channel } = await program();
    const cid = await channel();
    await send(...fragment(cid, CTAPHID.PING, new Uint8Array(200)).slice(0, 2));
    await send(...fragment(cid, CTAPHID.INIT, new Uint8Array(8).fill(9)));
    const answer = await next();
    expect(answer?.command).toBe(CTAPHID.INIT);
    expect(Buffer.from(answer?.message ?? []).readUInt32BE(8)).toBe(cid);
    await send(...fragment(cid, CTAPHID.PING, Buffer.from('ok')));
    expect((await next())?.command).toBe(CTAPHID.PING);
  });

  it('is busy for others while one transaction runs, and only its own channel can cancel it', async () => {
    const { device, ctap, send, next, channel } = await program({ automaticTouch: false });
    const cid = await channel();
    let asked = false;
    const selection = ctap.selection({
      onKeepalive: async (status) => {
        if (status !== 2 || asked) return;
        asked = true;
        await send(...fragment(cid, CTAPHID.CANCEL, new Uint8Array()));
        await send(...fragment(cid, CTAPHID.PING, Buffer.from('me too')));
        let answer = await next();
        while (answer?.channel !== cid) answer = await next();
        expect(answer).toEqual(error(cid, STATUS.CHANNEL_BUSY));
        device.touch();
      },
    });
    await selection;
    expect(asked).toBe(true);
  });

  it('lets a second program in when the first one has finished', async () => {
    const { device, ctap } = await throwAwayKey({ automaticTouch: false });
    const other = await connect(device);
    let started = false;
    const first = ctap.selection({
      onKeepalive: () => {
        if (started) return;
        started = true;
        second = other.ctap.getInfo();
        setTimeout(() => device.touch(), 20);
      },
    });
    let second: Promise<unknown> = Promise.resolve();
    await first;
    expect(await second).toMatchObject({ versions: ['FIDO_2_0', 'FIDO_2_1'] });
  });
});

describe('garbage', () => {
  it('in packets never stops the device', async () => {
    const { device } = await throwAwayKey({ times: { transaction: 5 } });
    const pipe = device.connect();
    // Mostly plausible headers, so that the garbage gets further than the first check.
    const packet = fc
      .tuple(
        fc.constantFrom(0, 1, 2, 3, BROADCAST_CHANNEL, 0xdeadbeef),
        fc.constantFrom(0x86, 0x90, 0x81, 0x91, 0x88, 0xbb, 0xbf, 0, 1, 2, 0x7f),
        fc.nat({ max: 0x2000 }),
        fc.uint8Array({ minLength: 57, maxLength: 57 }),
      )
      .map(([channel, command, length, rest]) => {
        const bytes = Buffer.alloc(64);
        bytes.writeUInt32BE(channel);
        bytes.writeUInt8(command, 4);
        bytes.writeUInt16BE(length, 5);
        bytes.set(rest, 7);
        return new Uint8Array(bytes);
      });
    const anything = fc.oneof(packet, fc.uint8Array({ maxLength: 70 }));
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 30 }), async (packets) => {
        for (const bytes of packets) await pipe.write(bytes);
      }),
      { numRuns: 300 },
    );
    const hid = await HidDevice.open(device.connect());
    await hid.ping(Buffer.from('still here'));
  });

  it('in messages ends with a status', async () => {
    const { hid } = await throwAwayKey();
    const command = fc.constantFrom(0x01, 0x02, 0x04, 0x06, 0x08, 0x0a, 0x40, 0xff);
    await fc.assert(
      fc.asyncProperty(command, fc.uint8Array({ maxLength: 120 }), async (first, rest) => {
        const answer = await hid.cbor(Buffer.concat([Uint8Array.of(first), rest]));
        expect(answer.length).toBeGreaterThan(0);
        // 0x7F would be a failure that the device did not foresee.
        expect(answer[0]).not.toBe(STATUS.OTHER);
      }),
      { numRuns: 500 },
    );
  });

  it('in well-formed parameters ends with a status too', async () => {
    const { hid } = await throwAwayKey();
    const leaf = fc.oneof(
      fc.integer({ min: -300, max: 300 }),
      fc.boolean(),
      fc.string({ maxLength: 8 }),
      fc.constantFrom(16, 32, 63, 64, 80).map((length) => new Uint8Array(length).fill(length)),
    );
    const map = fc
      .array(fc.tuple(fc.oneof(fc.integer({ min: -3, max: 11 }), fc.constantFrom('id', 'type', 'alg')), leaf))
      .map((entries) => new Map<number | string, CborValue>(entries));
    const value: fc.Arbitrary<CborValue> = fc.oneof(leaf, map, fc.array(map, { maxLength: 3 }));
    const parameters = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 11 }), value))
      .map((entries) => encodeCbor(new Map<number | string, CborValue>(entries)));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 6), parameters, async (command, bytes) => {
        const [status] = await hid.cbor(Buffer.concat([Uint8Array.of(command), bytes]));
        expect(status).not.toBe(STATUS.OTHER);
      }),
      { numRuns: 1000 },
    );
  });
});
