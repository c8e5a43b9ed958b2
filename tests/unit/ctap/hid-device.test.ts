import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  BROADCAST_CHANNEL,
  CAPABILITY,
  CTAPHID,
  fragment,
  HidDevice,
  KEEPALIVE,
  MessageBuffer,
  type PacketPipe,
  parsePacket,
  STATUS,
} from '../../../main/ctap/index.ts';

type Reply = (channel: number, command: number, data: Uint8Array) => void;
type Rule = (
  request: { channel: number; command: number; message: Uint8Array; count: number },
  reply: Reply,
) => void;

/** A device that behaves as a test wants it: what a well-behaved one never does cannot be had from a real one. */
class OddDevice implements PacketPipe {
  readonly requests: { channel: number; command: number }[] = [];
  readonly #listeners = new Set<(packet: Uint8Array) => void>();
  readonly #closers = new Set<() => void>();
  readonly #rule: Rule;
  #buffer: MessageBuffer | null = null;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  async write(packet: Uint8Array): Promise<void> {
    const frame = parsePacket(packet.slice());
    if (frame?.type === 'init') this.#buffer = new MessageBuffer(frame);
    else if (frame?.type === 'cont') this.#buffer?.add(frame);
    const message = this.#buffer?.message;
    if (frame === null || !message || this.#buffer === null) return;
    const { command } = this.#buffer;
    const count = this.requests.filter((request) => request.command === command).length;
    this.requests.push({ channel: frame.channel, command });
    queueMicrotask(() =>
      this.#rule({ channel: frame.channel, command, message, count }, (channel, cmd, data) => {
        for (const out of fragment(channel, cmd, data)) this.emit(out);
      }),
    );
  }

  emit(packet: Uint8Array): void {
    for (const listener of [...this.#listeners]) listener(packet);
  }

  onPacket(listener: (packet: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onClose(listener: () => void): () => void {
    this.#closers.add(listener);
    return () => this.#closers.delete(listener);
  }

  close(): void {
    for (const closer of [...this.#closers]) closer();
  }
}

const CHANNEL = 0x01020304;
const times = { command: 60, cancel: 60, busyWait: 1 };

function initAnswer(nonce: Uint8Array, channel = CHANNEL): Uint8Array {
  const answer = Buffer.alloc(17);
  answer.set(nonce);
  answer.writeUInt32BE(channel, 8);
  answer.set([2, 5, 4, 3, CAPABILITY.CBOR | CAPABILITY.WINK], 12);
  return answer;
}

/** Answers INIT as it should be, and everything else by the rule. */
function polite(rule: Rule): Rule {
  return (request, reply) => {
    if (request.command !== CTAPHID.INIT) rule(request, reply);
    else reply(request.channel, CTAPHID.INIT, initAnswer(request.message));
  };
}

const echo: Rule = ({ channel, command, message }, reply) => reply(channel, command, message);

describe('a channel', () => {
  it('is the one that came with our nonce; the answers to others pass by', async () => {
    const pipe = new OddDevice(({ channel, message }, reply) => {
      reply(BROADCAST_CHANNEL, CTAPHID.INIT, initAnswer(new Uint8Array(8).fill(1), 0x99));
      reply(BROADCAST_CHANNEL, CTAPHID.INIT, Buffer.of(1, 2, 3));
      reply(BROADCAST_CHANNEL, CTAPHID.ERROR, Uint8Array.of(STATUS.INVALID_LENGTH));
      reply(channel, CTAPHID.INIT, initAnswer(message));
    });
    const device = await HidDevice.open(pipe, { times });
    expect(device.info).toEqual({
      protocolVersion: 2,
      deviceVersion: [5, 4, 3],
      capabilities: CAPABILITY.CBOR | CAPABILITY.WINK,
    });
    expect(device.supportsCbor).toBe(true);
  });

  it('is not had where the device is silent', async () => {
    const open = HidDevice.open(new OddDevice(() => undefined), { times });
    await expect(open).rejects.toMatchObject({ code: 'authenticator.no_answer' });
  });

  it('is asked for anew where the device has forgotten it', async () => {
    const pipe = new OddDevice((request, reply) => {
      if (request.command === CTAPHID.PING && request.count === 0) {
        reply(request.channel, CTAPHID.ERROR, Uint8Array.of(STATUS.INVALID_CHANNEL));
      } else if (request.command === CTAPHID.INIT && request.channel === CHANNEL) {
        reply(request.channel, CTAPHID.ERROR, Uint8Array.of(STATUS.INVALID_CHANNEL));
      } else polite(echo)(request, reply);
    });
    const device = await HidDevice.open(pipe, { times });
    await expect(device.ping(Buffer.from('one'))).rejects.toMatchObject({
      code: 'authenticator.invalid_channel',
    });
    await device.ping(Buffer.from('two'));
    const inits = pipe.requests.filter(({ command }) => command === CTAPHID.INIT);
    expect(inits.map(({ channel }) => channel)).toEqual([BROADCAST_CHANNEL, CHANNEL, BROADCAST_CHANNEL]);
  });
});

describe('a command', () => {
  it('carries 7609 bytes there and back, and no more', async () => {
    const device = await HidDevice.open(new OddDevice(polite(echo)), { times });
    await device.ping(new Uint8Array(7609).fill(3));
    await expect(device.ping(new Uint8Array(7610))).rejects.toMatchObject({
      code: 'authenticator.request_too_large',
    });
    await device.wink();
  });

  it('locks the device for some seconds', async () => {
    const seen: number[][] = [];
    const pipe = new OddDevice(
      polite(({ channel, command, message }, reply) => {
        seen.push([command, ...message]);
        reply(channel, command, new Uint8Array());
      }),
    );
    const device = await HidDevice.open(pipe, { times });
    await device.lock(10);
    await device.lock(0);
    expect(seen).toEqual([
      [CTAPHID.LOCK, 10],
      [CTAPHID.LOCK, 0],
    ]);
    for (const seconds of [-1, 11, 0.5]) await expect(device.lock(seconds)).rejects.toThrow(RangeError);
  });

  it('carries APDUs to devices that take them', async () => {
    const device = await HidDevice.open(new OddDevice(polite(echo)), { times });
    expect(device.supportsU2f).toBe(true);
    expect(await device.msg(Uint8Array.of(0, 3, 0, 0))).toEqual(Uint8Array.of(0, 3, 0, 0));
  });

  it('ignores packets of other channels, in the middle of its answer too', async () => {
    const device: OddDevice = new OddDevice(
      polite(({ channel, command, message }) => {
        const foreign = fragment(0x55, command, new Uint8Array(300).fill(7));
        fragment(channel, command, message).forEach((packet, i) => {
          const other = foreign[i];
          if (other) device.emit(other);
          device.emit(packet);
        });
      }),
    );
    const hid = await HidDevice.open(device, { times });
    await hid.ping(new Uint8Array(300).fill(8));
  });

  it('is refused where a continuation is out of order, and the next one starts afresh', async () => {
    const device: OddDevice = new OddDevice(
      polite(({ channel, command, message, count }) => {
        const packets = fragment(channel, command, message);
        for (const packet of count === 0 ? packets.toSpliced(1, 1) : packets) device.emit(packet);
      }),
    );
    const hid = await HidDevice.open(device, { times });
    await expect(hid.ping(new Uint8Array(300))).rejects.toMatchObject({
      code: 'authenticator.malformed_answer',
    });
    await hid.ping(new Uint8Array(300));
    const channels = device.requests.filter(({ command }) => command === CTAPHID.INIT).map((r) => r.channel);
    expect(channels).toEqual([BROADCAST_CHANNEL, CHANNEL]);
  });

  it('waits as long as KEEPALIVEs come, and tells each of them', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const seen: number[] = [];
    const pipe = new OddDevice(polite(() => undefined));
    const device = await HidDevice.open(pipe, { times });
    const onKeepalive = (status: number) => seen.push(status);
    const answer = device.call(CTAPHID.PING, Buffer.from('x'), { onKeepalive });
    for (const status of [KEEPALIVE.PROCESSING, KEEPALIVE.UPNEEDED, KEEPALIVE.UPNEEDED]) {
      await vi.advanceTimersByTimeAsync(times.command - 1);
      for (const packet of fragment(CHANNEL, CTAPHID.KEEPALIVE, Uint8Array.of(status))) pipe.emit(packet);
    }
    await vi.advanceTimersByTimeAsync(times.command - 1);
    for (const packet of fragment(CHANNEL, CTAPHID.PING, Buffer.from('x'))) pipe.emit(packet);
    expect(Buffer.from(await answer).toString()).toBe('x');
    expect(seen).toEqual([1, 2, 2]);
  });

  it('ends where neither answer nor KEEPALIVE comes', async () => {
    const device = await HidDevice.open(new OddDevice(polite(() => undefined)), { times });
    await expect(device.wink()).rejects.toMatchObject({ code: 'authenticator.no_answer' });
  });

  it('backs off while the device is busy with another program, and gives up after a while', async () => {
    const busy = (tries: number): Rule =>
      polite((request, reply) => {
        if (request.count >= tries) echo(request, reply);
        else reply(request.channel, CTAPHID.ERROR, Uint8Array.of(STATUS.CHANNEL_BUSY));
      });
    const patient = await HidDevice.open(new OddDevice(busy(3)), { times });
    await patient.ping(Buffer.from('there'));
    const hopeless = await HidDevice.open(new OddDevice(busy(Number.POSITIVE_INFINITY)), { times });
    await expect(hopeless.wink()).rejects.toMatchObject({ code: 'authenticator.busy' });
  });

  it('maps a CTAPHID error to its status', async () => {
    const rule = polite(({ channel }, reply) => reply(channel, CTAPHID.ERROR, Uint8Array.of(0x01)));
    const device = await HidDevice.open(new OddDevice(rule), { times });
    await expect(device.wink()).rejects.toMatchObject({ code: 'authenticator.invalid_command', status: 1 });
  });

  it('ends when the device goes away', async () => {
    const pipe: OddDevice = new OddDevice(polite(() => pipe.close()));
    const device = await HidDevice.open(pipe, { times });
    await expect(device.wink()).rejects.toMatchObject({ code: 'authenticator.removed' });
    await expect(device.wink()).rejects.toMatchObject({ code: 'authenticator.removed' });
  });

  it('ends at once where the pipe says that it is gone while it is listened to', async () => {
    const pipe = new OddDevice(polite(echo));
    const device = await HidDevice.open(pipe, { times });
    let listening = 0;
    pipe.onClose = (listener) => {
      listener();
      return () => undefined;
    };
    pipe.onPacket = () => {
      listening += 1;
      return () => {
        listening -= 1;
      };
    };
    await expect(device.wink()).rejects.toMatchObject({ code: 'authenticator.removed' });
    expect(listening).toBe(0);
    expect(pipe.requests.map(({ command }) => command)).toEqual([CTAPHID.INIT]);
  });

  it('is on its way when the call returns, where no other is before it', async () => {
    const pipe = new OddDevice(polite(echo));
    const device = await HidDevice.open(pipe, { times });
    const answers = [device.ping(Buffer.from('first')), device.ping(Buffer.from('second'))];
    expect(pipe.requests.map(({ command }) => command)).toEqual([CTAPHID.INIT, CTAPHID.PING]);
    await Promise.all(answers);
    expect(pipe.requests).toHaveLength(3);
  });

  it('goes out at once through a pipe that takes whole messages', async () => {
    const pipe: OddDevice & PacketPipe = new OddDevice(polite(echo));
    const sizes: number[] = [];
    pipe.writeAll = async (packets) => {
      sizes.push(packets.length);
      for (const packet of packets) await pipe.write(packet);
    };
    const device = await HidDevice.open(pipe, { times });
    await device.ping(new Uint8Array(300).fill(7));
    expect(sizes).toEqual([1, 6]);
  });

  it('waits for the one before it', async () => {
    let inside = 0;
    let most = 0;
    const pipe = new OddDevice(
      polite((request, reply) => {
        inside += 1;
        most = Math.max(most, inside);
        setTimeout(() => {
          inside -= 1;
          echo(request, reply);
        }, 5);
      }),
    );
    const device = await HidDevice.open(pipe, { times });
    await Promise.all([1, 2, 3, 4].map((n) => device.ping(new Uint8Array(200).fill(n))));
    expect(most).toBe(1);
  });
});

describe('cancelling', () => {
  it('sends CANCEL on the channel and returns what the device then says', async () => {
    const abort = new AbortController();
    let pending = 0;
    const pipe = new OddDevice(
      polite(({ channel, command }, reply) => {
        if (command === CTAPHID.CANCEL) {
          reply(pending, CTAPHID.CBOR, Uint8Array.of(STATUS.KEEPALIVE_CANCEL));
        } else {
          pending = channel;
          reply(channel, CTAPHID.KEEPALIVE, Uint8Array.of(KEEPALIVE.UPNEEDED));
        }
      }),
    );
    const device = await HidDevice.open(pipe, { times });
    const answer = device.cbor(Uint8Array.of(0x0b), {
      signal: abort.signal,
      onKeepalive: () => abort.abort(),
    });
    expect(await answer).toEqual(Uint8Array.of(STATUS.KEEPALIVE_CANCEL));
    expect(pipe.requests.at(-1)).toEqual({ channel: CHANNEL, command: CTAPHID.CANCEL });
  });

  it('does not wait for ever for a device that ignores it', async () => {
    const abort = new AbortController();
    const rule = polite(({ command, channel }, reply) => {
      if (command === CTAPHID.CBOR) reply(channel, CTAPHID.KEEPALIVE, Uint8Array.of(KEEPALIVE.UPNEEDED));
    });
    const device = await HidDevice.open(new OddDevice(rule), { times });
    const call = device.cbor(Uint8Array.of(0x0b), { signal: abort.signal, onKeepalive: () => abort.abort() });
    await expect(call).rejects.toMatchObject({ code: 'authenticator.cancelled' });
  });

  it('does not even begin what was cancelled before its turn', async () => {
    const pipe = new OddDevice(polite(echo));
    const device = await HidDevice.open(pipe, { times });
    const call = device.ping(Buffer.from('x'), { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ code: 'authenticator.cancelled' });
    expect(pipe.requests.map(({ command }) => command)).toEqual([CTAPHID.INIT]);
  });

  it('ends the wait for a channel at once, and says nothing more to the device', async () => {
    const abort = new AbortController();
    const pipe = new OddDevice(() => abort.abort());
    const open = HidDevice.open(pipe, { times, signal: abort.signal });
    await expect(open).rejects.toMatchObject({ code: 'authenticator.cancelled' });
    expect(pipe.requests.map(({ command }) => command)).toEqual([CTAPHID.INIT]);
  });
});
