import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4, isIPv6 } from 'node:net';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { PACKET_SIZE, type PacketPipe } from '../../ctap/index.ts';
import type { CtapSimulator, LoopbackAddress } from './types.ts';

/** How often a silent simulator is looked for, ms. */
const HEARTBEAT = 500;

/**
 * A continuation packet of nothing, on the reserved channel 0: a device passes it over in silence (CTAP 2.2
 * §11.2.5.4), while the system refuses it where nobody listens.
 */
const NOTHING = new Uint8Array(PACKET_SIZE);

/**
 * Opens a way to a firmware simulator. It ends when the simulator does: UDP has no connections, but the system
 * tells of a port on this computer at which nobody listens any more.
 * @throws KeywrightError `authenticator.busy` where another program has the port for the answers,
 *   `authenticator.removed` where no simulator runs, `input.invalid` for an address that is not loopback
 */
export async function openUdpPipe({ device, answers }: CtapSimulator): Promise<PacketPipe> {
  requireLoopback(device);
  requireLoopback(answers);
  const receiver = await bound(answers);
  const sender = await connected(device).catch((cause: unknown) => {
    receiver.close();
    throw new KeywrightError('authenticator.removed', { cause });
  });
  const packetListeners = new Set<(packet: Uint8Array) => void>();
  const closeListeners = new Set<() => void>();
  let closed = false;

  const close = (): void => {
    if (closed) return;
    closed = true;
    clearInterval(heartbeat);
    receiver.close();
    sender.close();
    for (const listener of [...closeListeners]) listener();
  };
  const send = (packets: readonly Uint8Array[]): Promise<void> =>
    new Promise((resolve, reject) => {
      // The sender may wipe its packets as soon as they are written.
      const copy = Buffer.concat(packets);
      let left = packets.length;
      const sent = (error: Error | null): void => {
        left -= 1;
        // They may have carried an encrypted PIN or a token's proof.
        if (left === 0) copy.fill(0);
        if (error !== null) reject(error);
        else if (left === 0) resolve();
      };
      for (let at = 0; at < copy.length; at += PACKET_SIZE) sender.send(copy, at, PACKET_SIZE, sent);
    });
  const heartbeat = setInterval(() => void send([NOTHING]).catch(close), HEARTBEAT);
  // Whoever has the pipe keeps the program running, not the look for the other end.
  heartbeat.unref();

  sender.on('error', close);
  receiver.on('error', close);
  let known = device.host;
  receiver.on('message', (packet: Buffer, { address }: RemoteInfo) => {
    // Simulators do not all answer from the port at which they listen, but all from this computer.
    if (closed || packet.length !== PACKET_SIZE || (address !== known && !isLoopback(address))) return;
    known = address;
    for (const listener of [...packetListeners]) listener(packet);
  });

  const writeAll = async (packets: readonly Uint8Array[]): Promise<void> => {
    if (closed) throw new KeywrightError('authenticator.removed');
    try {
      await send(packets);
    } catch (cause) {
      close();
      throw new KeywrightError('authenticator.removed', { cause });
    }
  };

  return {
    write: (packet) => writeAll([packet]),
    writeAll,
    onPacket(listener) {
      packetListeners.add(listener);
      return () => packetListeners.delete(listener);
    },
    onClose(listener) {
      closeListeners.add(listener);
      return () => closeListeners.delete(listener);
    },
    close,
  };
}

/** True where the port for the answers is free. */
export async function isFree(address: LoopbackAddress): Promise<boolean> {
  try {
    (await bound(address)).close();
    return true;
  } catch (error) {
    if (error instanceof KeywrightError && error.code === 'authenticator.busy') return false;
    throw error;
  }
}

/** True where something on this computer listens at a UDP address; waits `patience` ms for the system to refuse. */
export async function isThere(address: LoopbackAddress, patience: number): Promise<boolean> {
  const socket = await connected(address);
  const gone = new AbortController();
  socket.on('error', () => gone.abort());
  try {
    socket.send(NOTHING);
    await delay(patience);
    // On a busy computer the refusal may wait to be read when the time is up.
    await immediate();
    return !gone.signal.aborted;
  } finally {
    socket.close();
  }
}

function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith('127.')) || host === '::1';
}

function requireLoopback({ host }: LoopbackAddress): void {
  if (isLoopback(host)) return;
  throw new KeywrightError('input.invalid', {
    message: 'A simulated security key may only use loopback addresses, such as 127.0.0.1.',
  });
}

function socketFor({ host }: LoopbackAddress): Socket {
  return createSocket(isIPv6(host) ? 'udp6' : 'udp4');
}

async function connected(address: LoopbackAddress): Promise<Socket> {
  const socket = socketFor(address);
  try {
    const done = once(socket, 'connect');
    socket.connect(address.port, address.host);
    await done;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

async function bound(address: LoopbackAddress): Promise<Socket> {
  const socket = socketFor(address);
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: address.host, port: address.port, exclusive: true });
    await listening;
    return socket;
  } catch (cause) {
    socket.close();
    const taken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
    throw new KeywrightError(taken ? 'authenticator.busy' : 'host.port_unavailable', { cause });
  }
}
