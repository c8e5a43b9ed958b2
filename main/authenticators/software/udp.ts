import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4, isIPv6 } from 'node:net';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { PACKET_SIZE } from '../../ctap/index.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import { SoftwareDevice } from './software-device.ts';

/** A UDP address on this computer. */
export type UdpAddress = { host: string; port: number };

export type UdpSoftwareKeyOptions = {
  /** Where packets for the key arrive; port 0 takes a free one. */
  listen: UdpAddress;
  /** Where the packets of the key go. */
  answer: UdpAddress;
  clock?: Clock;
};

/** A throw-away key that is reached by UDP. */
export type UdpSoftwareKey = {
  /** The port that it listens on. */
  port: number;
  close(): Promise<void>;
};

/**
 * Puts a throw-away software key behind UDP, one CTAPHID packet in each datagram, as firmware simulators do. It
 * touches itself: who can send to the port can use it, so it holds nothing of value and stays on this computer.
 * @throws KeywrightError `input.invalid` for an address that is not loopback, `host.port_unavailable`
 */
export async function openUdpSoftwareKey(options: UdpSoftwareKeyOptions): Promise<UdpSoftwareKey> {
  const { listen, answer, clock = systemClock } = options;
  requireLoopback(listen.host);
  requireLoopback(answer.host);
  if (isIPv6(listen.host) !== isIPv6(answer.host)) throw new KeywrightError('input.invalid');

  const socket = createSocket(isIPv6(listen.host) ? 'udp6' : 'udp4');
  await bind(socket, listen);
  const device = new SoftwareDevice({ keyId: newId(), clock, home: 'throw-away', automaticTouch: true });
  const pipe = device.connect();
  pipe.onPacket((packet) => socket.send(packet, answer.port, answer.host));
  socket.on('message', (packet: Buffer, from: RemoteInfo) => {
    if (packet.length !== PACKET_SIZE || !isLoopback(from.address)) return;
    // The pipe is only closed together with the socket, so a failed write means that this is ending.
    pipe.write(packet).catch(() => undefined);
  });
  return {
    port: socket.address().port,
    async close() {
      await device.close();
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

async function bind(socket: Socket, { host, port }: UdpAddress): Promise<void> {
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: host, port, exclusive: true });
    await listening;
  } catch (cause) {
    socket.close();
    throw new KeywrightError('host.port_unavailable', { cause });
  }
}

function requireLoopback(host: string): void {
  if (isLoopback(host)) return;
  throw new KeywrightError('input.invalid', {
    message: 'A software key over UDP may only use loopback addresses, such as 127.0.0.1.',
  });
}

// Names are refused: where they lead is somebody else's to decide.
function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith('127.')) || host === '::1';
}
