import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4, isIPv6 } from 'node:net';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { PACKET_SIZE, type PacketPipe } from '../../ctap/index.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import { SoftwareDevice } from './software-device.ts';

/** A UDP address on this computer. */
export type UdpAddress = { host: string; port: number };

/** Where a device is reached over UDP. */
export type UdpAddresses = {
  /** Where packets for the device arrive; port 0 takes a free one. */
  listen: UdpAddress;
  /** Where the packets of the device go. */
  answer: UdpAddress;
};

export type UdpSoftwareKeyOptions = UdpAddresses & { clock?: Clock };

/** Something that is reached by UDP. */
export type UdpSoftwareKey = {
  /** The port that it listens on. */
  port: number;
  close(): Promise<void>;
};

/**
 * Puts a throw-away software key behind UDP. It touches itself: who can send to the port can use it, so it holds
 * nothing of value and stays on this computer.
 * @throws KeywrightError those of {@link serveOverUdp}
 */
export async function openUdpSoftwareKey(options: UdpSoftwareKeyOptions): Promise<UdpSoftwareKey> {
  const { clock = systemClock } = options;
  const device = new SoftwareDevice({ keyId: newId(), clock, home: 'throw-away', automaticTouch: true });
  const server = await serveOverUdp(device, options);
  return {
    port: server.port,
    async close() {
      await device.close();
      await server.close();
    },
  };
}

/**
 * Puts a device behind UDP, one CTAPHID packet in each datagram, as firmware simulators do. Closing it leaves the
 * device as it is.
 * @throws KeywrightError `input.invalid` for an address that is not loopback, `host.port_unavailable`
 */
export async function serveOverUdp(
  device: { connect(): PacketPipe },
  { listen, answer }: UdpAddresses,
): Promise<UdpSoftwareKey> {
  requireLoopback(listen.host);
  requireLoopback(answer.host);
  if (isIPv6(listen.host) !== isIPv6(answer.host)) throw new KeywrightError('input.invalid');

  const socket = createSocket(isIPv6(listen.host) ? 'udp6' : 'udp4');
  await bind(socket, listen);
  const pipe = device.connect();
  const stop = pipe.onPacket((packet) => socket.send(packet, answer.port, answer.host));
  socket.on('message', (packet: Buffer, from: RemoteInfo) => {
    if (packet.length !== PACKET_SIZE || !isLoopback(from.address)) return;
    // A pipe that is closed belongs to a device that was taken out: nobody is there to hear of it.
    pipe.write(packet).catch(() => undefined);
  });
  return {
    port: socket.address().port,
    async close() {
      stop();
      pipe.close();
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
