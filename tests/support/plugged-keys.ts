import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { CtapSimulator } from '../../main/platform/index.ts';
import type { TestKeyOptions } from './keys/test-key.ts';
import { openUdpTestKey, type UdpTestKey } from './keys/udp-test-key.ts';

const HOST = '127.0.0.1';

/** A port of this computer that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind({ address: HOST, port: 0 });
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Addresses for a key that is plugged in later. */
export async function freeAddresses(): Promise<CtapSimulator> {
  return {
    device: { host: HOST, port: await freePort() },
    answers: { host: HOST, port: await freePort() },
  };
}

/** Plugs a key in; it is taken out when the test ends. */
export async function plugIn(at: CtapSimulator, options: TestKeyOptions): Promise<UdpTestKey> {
  const key = await openUdpTestKey({ ...options, listen: at.device, answer: at.answers });
  onTestFinished(() => key.close());
  return key;
}
