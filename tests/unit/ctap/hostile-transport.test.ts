import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BROADCAST_CHANNEL,
  CAPABILITY,
  CTAPHID,
  fragment,
  HidDevice,
  KEEPALIVE,
  MAX_MESSAGE,
  MessageBuffer,
  type PacketPipe,
  parsePacket,
  STATUS,
} from '../../../main/ctap/index.ts';
import { casesOf, outcome, withinFakeTime } from './hostile.ts';

const CHANNEL = 0x01020304;
const times = { command: 60, total: 300, cancel: 60, busyWait: 1 };
// INIT and the command, each tried seven times while busy, each try as long as it may take.
const DEADLINE = 2 * 7 * (times.total + times.cancel + times.command) + 2 * 127;

/** What a hostile device does when a request has come, or when a packet has. */
type Act =
  | { kind: 'packet'; bytes: Uint8Array }
  | { kind: 'answer'; channel: number; command: number; data: Uint8Array; harm: Harm }
  | { kind: 'pause'; ms: number }
  | { kind: 'close' };
type Harm = { kind: 'none' | 'drop' | 'double' | 'swap' | 'length'; at: number };

class HostileDevice implements PacketPipe {
  readonly #packetListeners = new Set<(packet: Uint8Array) => void>();
  readonly #closeListeners = new Set<() => void>();
  readonly #acts: readonly Act[];
  readonly #politeInit: boolean;
  #closed = false;

  constructor(acts: readonly Act[], politeInit: boolean) {
    this.#acts = acts;
    this.#politeInit = politeInit;
  }

  async write(packet: Uint8Array): Promise<void> {
    if (this.#closed) throw new Error('EPIPE');
    const frame = parsePacket(packet.slice());
    if (frame?.type !== 'init') return;
    if (frame.command === CTAPHID.INIT && this.#politeInit) {
      const answer = initAnswer(frame.data.subarray(0, 8), CHANNEL);
      queueMicrotask(() => this.#emitAll(fragment(frame.channel, CTAPHID.INIT, answer)));
      return;
    }
    let after = 0;
    for (const act of this.#acts) {
      if (act.kind === 'pause') after += act.ms;
      else setTimeout(() => this.#perform(act), after);
    }
  }

  #perform(act: Exclude<Act, { kind: 'pause' }>): void {
    if (act.kind === 'close') this.close();
    else if (act.kind === 'packet') this.#emitAll([act.bytes]);
    else this.#emitAll(harmed(fragment(act.channel, act.command, act.data), act.harm));
  }

  #emitAll(packets: Uint8Array[]): void {
    for (const packet of packets) for (const listener of [...this.#packetListeners]) listener(packet);
  }

  get listeners(): number {
    return this.#packetListeners.size;
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
    this.#closed = true;
    for (const listener of [...this.#closeListeners]) listener();
  }
}

function initAnswer(nonce: Uint8Array, channel: number): Uint8Array {
  const answer = Buffer.alloc(17);
  answer.set(nonce);
  answer.writeUInt32BE(channel, 8);
  answer.set([2, 1, 0, 0, CAPABILITY.CBOR], 12);
  return answer;
}

function harmed(packets: Uint8Array[], { kind, at }: Harm): Uint8Array[] {
  const i = at % packets.length;
  const packet = packets[i];
  if (packet === undefined || kind === 'none') return packets;
  if (kind === 'drop') return packets.toSpliced(i, 1);
  if (kind === 'double') return packets.toSpliced(i, 0, packet);
  if (kind === 'swap') return packets.toSpliced(i, 1).toSpliced((i + 1) % packets.length, 0, packet);
  const [first] = packets;
  if (first !== undefined) new DataView(first.buffer).setUint16(5, at);
  return packets;
}

const channel = fc.constantFrom(CHANNEL, CHANNEL, CHANNEL, BROADCAST_CHANNEL, 0, 0x99);
const command = fc.oneof(
  fc.constantFrom(CTAPHID.CBOR, CTAPHID.CBOR, CTAPHID.INIT, CTAPHID.KEEPALIVE, CTAPHID.ERROR, CTAPHID.PING),
  fc.nat({ max: 0x7f }),
);
const harm = fc.record({
  kind: fc.constantFrom<Harm['kind']>('none', 'none', 'drop', 'double', 'swap', 'length'),
  at: fc.nat({ max: 0xffff }),
});
const data = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom(STATUS.CHANNEL_BUSY, STATUS.INVALID_CHANNEL, STATUS.KEEPALIVE_CANCEL)
    .map((s) => Uint8Array.of(s)),
  fc.nat({ max: MAX_MESSAGE }).map((length) => new Uint8Array(length)),
);
const packet = fc
  .tuple(channel, fc.uint8Array({ minLength: 0, maxLength: 66 }), fc.boolean())
  .map(([cid, bytes, whole]) => {
    const padded = whole ? new Uint8Array(64) : new Uint8Array(bytes.length);
    padded.set(bytes.subarray(0, padded.length));
    if (padded.length >= 4) new DataView(padded.buffer).setUint32(0, cid);
    return padded;
  });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('answer'), channel, command, data, harm }) },
  { weight: 3, arbitrary: packet.map((bytes) => ({ kind: 'packet' as const, bytes })) },
  { weight: 2, arbitrary: fc.nat({ max: 100 }).map((ms) => ({ kind: 'pause' as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'close' as const }) },
);
const acts = fc.array(act, { maxLength: 12 });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a hostile device', () => {
  const opening = casesOf(500);
  it(
    'cannot hold up, crash or confuse the request for a channel',
    async () => {
      await fc.assert(
        fc.asyncProperty(acts, async (script) => {
          const pipe = new HostileDevice(script, false);
          const result = await withinFakeTime(
            DEADLINE,
            outcome(() => HidDevice.open(pipe, { times })),
          );
          // Without our nonce there is no channel.
          expect(result).toHaveProperty('code');
          expect(pipe.listeners).toBe(0);
          vi.clearAllTimers();
        }),
        opening.parameters,
      );
    },
    opening.timeout,
  );

  const commands = casesOf(1000);
  it(
    'cannot hold up or crash a command, whatever it answers; nothing stays behind',
    async () => {
      await fc.assert(
        fc.asyncProperty(acts, fc.option(fc.nat({ max: 200 })), async (script, abortAfter) => {
          const pipe = new HostileDevice(script, true);
          const device = await withinFakeTime(DEADLINE, HidDevice.open(pipe, { times }));
          const abort = new AbortController();
          if (abortAfter !== null) setTimeout(() => abort.abort(), abortAfter);
          const asking = outcome(() => device.cbor(Uint8Array.of(4), { signal: abort.signal }));
          const result = await withinFakeTime(DEADLINE, asking);
          if ('value' in result) expect(result.value.length).toBeLessThanOrEqual(MAX_MESSAGE);
          expect(pipe.listeners).toBe(0);
          vi.clearAllTimers();
        }),
        commands.parameters,
      );
    },
    commands.timeout,
  );

  const answers = casesOf(500);
  it(
    'is understood only where its answer is whole, in order and on our channel',
    async () => {
      const message = fc.uint8Array({ minLength: 58, maxLength: 600 });
      const kinds = fc.constantFrom<Harm['kind']>('drop', 'double', 'swap');
      await fc.assert(
        fc.asyncProperty(message, kinds, fc.nat({ max: 0xffff }), async (text, kind, at) => {
          const broken: Act = {
            kind: 'answer',
            channel: CHANNEL,
            command: CTAPHID.CBOR,
            data: text,
            harm: { kind, at },
          };
          const whole = fragment(CHANNEL, CTAPHID.CBOR, text);
          const device = await withinFakeTime(
            DEADLINE,
            HidDevice.open(new HostileDevice([broken], true), { times }),
          );
          const asking = outcome(() => device.cbor(Uint8Array.of(4)));
          const result = await withinFakeTime(DEADLINE, asking);
          // Doubling the last packet changes nothing: the message was whole before.
          const harmless = kind === 'double' && at % whole.length === whole.length - 1;
          if (harmless) expect(result).toEqual({ value: text });
          else expect(result).toHaveProperty('code');
          vi.clearAllTimers();
        }),
        answers.parameters,
      );
    },
    answers.timeout,
  );

  const keepalives = casesOf(100);
  it(
    'is cancelled when its KEEPALIVEs never end, and given up when it ignores that',
    async () => {
      const status = fc.constantFrom(KEEPALIVE.PROCESSING, KEEPALIVE.UPNEEDED, 0, 255);
      await fc.assert(
        fc.asyncProperty(
          status,
          fc.integer({ min: 1, max: 59 }),
          fc.boolean(),
          async (code, period, obeys) => {
            const pipe = new HostileDevice([], true);
            const device = await withinFakeTime(DEADLINE, HidDevice.open(pipe, { times }));
            const cancelled = new EndlessKeepalives(pipe, code, period, obeys);
            const started = Date.now();
            const asking = outcome(() => device.cbor(Uint8Array.of(4)));
            expect(await withinFakeTime(DEADLINE, asking)).toEqual({ code: 'authenticator.timed_out' });
            expect(Date.now() - started).toBeLessThanOrEqual(times.total + times.cancel + 20);
            cancelled.stop();
            vi.clearAllTimers();
          },
        ),
        keepalives.parameters,
      );
    },
    keepalives.timeout,
  );

  it.each([0, BROADCAST_CHANNEL])('cannot give out the channel %i', async (reserved) => {
    const pipe = new HostileDevice([], false);
    const emit = emitterOf(pipe);
    vi.spyOn(pipe, 'write').mockImplementation(async (written) => {
      const frame = parsePacket(written.slice());
      if (frame?.type !== 'init') return;
      const [answer] = fragment(frame.channel, CTAPHID.INIT, initAnswer(frame.data.subarray(0, 8), reserved));
      if (answer !== undefined) setTimeout(() => emit(answer), 0);
    });
    const opening = outcome(() => HidDevice.open(pipe, { times }));
    expect(await withinFakeTime(DEADLINE, opening)).toEqual({ code: 'authenticator.malformed_answer' });
  });

  it('sends what nobody asked for, and nothing happens', async () => {
    const pipe = new HostileDevice([], true);
    const device = await withinFakeTime(DEADLINE, HidDevice.open(pipe, { times }));
    const emit = emitterOf(pipe);
    for (const stray of fragment(CHANNEL, CTAPHID.CBOR, new Uint8Array(200))) emit(stray);
    const asking = outcome(() => device.cbor(Uint8Array.of(4)));
    expect(await withinFakeTime(DEADLINE, asking)).toEqual({ code: 'authenticator.no_answer' });
  });
});

/** Lets a device send packets on its own. */
function emitterOf(pipe: HostileDevice): (packet: Uint8Array) => void {
  const listeners = new Set<(packet: Uint8Array) => void>();
  const original = pipe.onPacket.bind(pipe);
  pipe.onPacket = (listener) => {
    listeners.add(listener);
    const off = original(listener);
    return () => {
      listeners.delete(listener);
      off();
    };
  };
  return (packet) => {
    for (const listener of [...listeners]) listener(packet);
  };
}

class EndlessKeepalives {
  readonly #timer: NodeJS.Timeout;

  constructor(pipe: HostileDevice, status: number, period: number, obeys: boolean) {
    const emit = emitterOf(pipe);
    const [keepalive] = fragment(CHANNEL, CTAPHID.KEEPALIVE, Uint8Array.of(status));
    const [ended] = fragment(CHANNEL, CTAPHID.CBOR, Uint8Array.of(STATUS.KEEPALIVE_CANCEL));
    let over = false;
    const write = pipe.write.bind(pipe);
    pipe.write = async (packet) => {
      await write(packet);
      const frame = parsePacket(packet.slice());
      if (!obeys || frame?.type !== 'init' || frame.command !== CTAPHID.CANCEL) return;
      over = true;
      if (ended !== undefined) setTimeout(() => emit(ended), 1);
    };
    this.#timer = setInterval(() => {
      if (!over && keepalive !== undefined) emit(keepalive);
    }, period);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

describe('a message buffer', () => {
  const cases = casesOf(1000);
  it(
    'takes any frames in any order, and never holds more than was announced',
    () => {
      const frames = fc.array(
        fc.tuple(fc.nat({ max: 0x7f }), fc.uint8Array({ minLength: 59, maxLength: 59 })),
        {
          maxLength: 140,
        },
      );
      fc.assert(
        fc.property(fc.nat({ max: MAX_MESSAGE }), frames, (length, rest) => {
          const first = { type: 'init' as const, channel: 1, command: 1, length, data: new Uint8Array(57) };
          const buffer = new MessageBuffer(first);
          rest.forEach(([sequence, bytes], i) => {
            const inOrder = i % 3 === 0 ? sequence : i;
            buffer.add({ type: 'cont', channel: 1, sequence: inOrder, data: bytes });
          });
          if (buffer.message !== null) expect(buffer.message.length).toBe(length);
        }),
        cases.parameters,
      );
    },
    cases.timeout,
  );
});
