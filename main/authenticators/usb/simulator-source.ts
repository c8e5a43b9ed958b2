import type { PacketPipe } from '../../ctap/index.ts';
import type { CtapSimulator, FoundKey, KeySource } from './types.ts';
import { isFree, isThere, openUdpPipe } from './udp-pipe.ts';

/** How long the system may take to refuse a packet to a port of this computer, ms. */
const PATIENCE = 30;

/** One firmware simulator as a security key: plugged in while something listens at its port. */
export function simulatorSource(simulator: CtapSimulator): KeySource {
  const { device, answers } = simulator;
  const isIPv6 = device.host.includes(':');
  const address = `${isIPv6 ? `[${device.host}]` : device.host}:${device.port}`;
  let line: Promise<unknown> = Promise.resolve();
  let inUse = false;

  // A look for the port of the answers must not take it from one who opens the key at the same moment.
  const inLine = <T>(run: () => Promise<T>): Promise<T> => {
    const turn = line.then(run);
    line = turn.catch(() => undefined);
    return turn;
  };

  const openPipe = (): Promise<PacketPipe> =>
    inLine(async () => {
      const pipe = await openUdpPipe(simulator);
      inUse = true;
      pipe.onClose(() => {
        inUse = false;
      });
      return pipe;
    });

  const find = (): Promise<FoundKey[]> =>
    inLine(async () => {
      if (!(await isThere(device, PATIENCE))) return [];
      const accessible = inUse || (await isFree(answers));
      return [
        {
          device: {
            id: `udp-${address}`,
            name: `Simulated security key at ${address}`,
            vendor: null,
            product: null,
            serial: null,
            transport: 'simulator',
            accessible,
            problem: accessible ? null : 'busy',
          },
          openPipe,
        },
      ];
    });

  return {
    find,
    async stamp() {
      return JSON.stringify((await find()).map((found) => found.device));
    },
  };
}
