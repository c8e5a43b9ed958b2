import { KeywrightError } from '../../shared/errors/index.ts';
import type { CallOptions, HidTimes } from './hid-device.ts';
import { CTAPHID, type Frame, fragment, MAX_MESSAGE, MessageBuffer, parsePacket } from './hid-frames.ts';
import type { PacketPipe } from './packet-pipe.ts';
import { CtapError, STATUS } from './status.ts';

/** The errors that can be an answer to CTAPHID_INIT from a device in order. */
const ABOUT_CHANNELS: readonly number[] = [STATUS.CHANNEL_BUSY, STATUS.INVALID_CHANNEL];

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
  const { command, channel, packets, times, signal, onKeepalive, isOurs } = attempt;
  return new Promise((resolve, reject) => {
    let buffer: MessageBuffer | null = null;
    let sent = false;
    let settled = false;
    let expired = false;
    let timer: NodeJS.Timeout | undefined;
    const total = setTimeout(expire, times.total);

    const stop: (() => void)[] = [];
    stop.push(pipe.onClose(() => fail(new KeywrightError('authenticator.removed'))));
    stop.push(pipe.onPacket(receive));
    if (settled) {
      // A pipe that was gone already may have said so while it was listened to.
      settle();
      return;
    }
    signal?.addEventListener('abort', cancel);
    restart(times.command);
    send().catch(gone);

    async function send(): Promise<void> {
      for (const packet of packets) {
        await pipe.write(packet);
        if (settled) return;
      }
      sent = true;
      if (signal?.aborted || expired) giveUp();
    }

    function cancel(): void {
      // CTAPHID_INIT cannot be cancelled, and needs no cancelling: it starts nothing.
      if (isOurs !== undefined) {
        fail(new KeywrightError('authenticator.cancelled'));
        return;
      }
      giveUp();
    }

    function expire(): void {
      expired = true;
      giveUp();
    }

    function giveUp(): void {
      // A CANCEL between the packets of a request would break it; it follows once all are sent.
      if (!sent) return;
      restart(times.cancel);
      const [packet] = fragment(channel, CTAPHID.CANCEL, new Uint8Array());
      if (packet === undefined) return;
      pipe.write(packet).catch(gone);
    }

    function receive(packet: Uint8Array): void {
      const frame = parsePacket(packet);
      if (frame === null || frame.channel !== channel) return;
      if (frame.type === 'cont') {
        // A continuation without a beginning belongs to an answer that was given up.
        if (buffer !== null && !buffer.add(frame)) fail(malformed());
      } else if (isOurs === undefined) {
        begin(frame);
      } else {
        beginInit(frame);
      }
      if (buffer?.message) finish(buffer.message);
    }

    function begin(frame: Frame & { type: 'init' }): void {
      if (frame.command === CTAPHID.ERROR) {
        fail(new CtapError(frame.data[0] ?? 0));
      } else if (buffer !== null || frame.length > MAX_MESSAGE) {
        fail(malformed());
      } else if (frame.command === CTAPHID.KEEPALIVE) {
        if (!signal?.aborted && !expired) restart(times.command);
        onKeepalive?.(frame.data[0] ?? 0);
      } else if (frame.command === command) {
        buffer = new MessageBuffer(frame);
      } else {
        fail(malformed());
      }
    }

    // While a channel is asked for, answers to others and leftovers of a broken conversation pass by.
    function beginInit(frame: Frame & { type: 'init' }): void {
      const status = frame.data[0] ?? 0;
      if (frame.command === command && frame.length <= MAX_MESSAGE) {
        buffer = new MessageBuffer(frame);
      } else if (frame.command === CTAPHID.ERROR && ABOUT_CHANNELS.includes(status)) {
        fail(new CtapError(status));
      }
    }

    function finish(message: Uint8Array): void {
      if (isOurs !== undefined && !isOurs(message)) {
        buffer = null;
        return;
      }
      if (expired && isCancelled(message)) {
        fail(outOfTime());
        return;
      }
      settle();
      resolve(message);
    }

    function gone(cause: unknown): void {
      fail(new KeywrightError('authenticator.removed', { cause }));
    }

    function fail(error: KeywrightError): void {
      settle();
      buffer = null;
      reject(error);
    }

    function restart(wait: number): void {
      clearTimeout(timer);
      timer = setTimeout(() => fail(outOfTime()), wait);
    }

    function outOfTime(): KeywrightError {
      if (signal?.aborted) return new KeywrightError('authenticator.cancelled');
      return new KeywrightError(expired ? 'authenticator.timed_out' : 'authenticator.no_answer');
    }

    function isCancelled(message: Uint8Array): boolean {
      return command === CTAPHID.CBOR && message.length === 1 && message[0] === STATUS.KEEPALIVE_CANCEL;
    }

    function settle(): void {
      settled = true;
      clearTimeout(timer);
      clearTimeout(total);
      signal?.removeEventListener('abort', cancel);
      for (const off of stop) off();
    }

    function malformed(): KeywrightError {
      return new KeywrightError('authenticator.malformed_answer');
    }
  });
}
