import {
  serveOverUdp,
  type UdpAddress,
  type UdpSoftwareKey,
} from '../../../main/authenticators/software/udp.ts';
import { openTestKey, type TestKey, type TestKeyOptions } from './test-key.ts';

/** A test key behind UDP; it is plugged in at first. */
export type UdpTestKey = Pick<TestKey, 'touch' | 'finger'> & {
  /** The port that it listens on, the same after each `plug`. */
  port: number;
  /** Takes it out: nobody listens at its port any more. */
  unplug(): Promise<void>;
  /** Puts it in again. */
  plug(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Makes a test key that an application reaches by `KEYWRIGHT_CTAP_UDP=<listen>,<answer>`.
 * @throws KeywrightError those of `serveOverUdp`
 */
export async function openUdpTestKey(
  options: TestKeyOptions & { listen: UdpAddress; answer: UdpAddress },
): Promise<UdpTestKey> {
  const { listen, answer } = options;
  const key = await openTestKey(options);
  let server: UdpSoftwareKey | null = await serveOverUdp(key, { listen, answer });
  const { port } = server;
  const unplug = async () => {
    await server?.close();
    server = null;
    await key.powerCycle();
  };
  return {
    port,
    touch: key.touch,
    finger: key.finger,
    unplug,
    async plug() {
      server ??= await serveOverUdp(key, { listen: { ...listen, port }, answer });
    },
    async close() {
      await unplug();
      await key.close();
    },
  };
}
