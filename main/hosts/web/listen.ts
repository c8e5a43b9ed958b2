import type { Server } from 'node:http';
import { KeywrightError } from '../../../shared/errors/index.ts';

const TRIES = 5;

/**
 * Opens one port on both loopback addresses, 127.0.0.1 and ::1. A browser may take either for "localhost": if
 * the second were left free, another program could sit on it and be given the launch token.
 * @param makeServer makes a server that is not listening yet
 * @param wanted a port, or 0 for a free one
 * @returns the servers that listen, and their port
 * @throws KeywrightError `host.port_unavailable`
 */
export async function listenOnLoopback(
  makeServer: () => Server,
  wanted: number,
): Promise<{ servers: Server[]; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const first = makeServer();
    try {
      const port = await listen(first, '127.0.0.1', wanted);
      const second = makeServer();
      const both = await listen(second, '::1', port).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          // A computer without IPv6 has nobody else on ::1 either.
          if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return false;
          throw error;
        },
      );
      return { servers: both ? [first, second] : [first], port };
    } catch (cause) {
      first.close();
      if (wanted === 0 && attempt < TRIES) continue;
      throw new KeywrightError('host.port_unavailable', { details: { port: wanted }, cause });
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('No port was opened.'));
      else resolve(address.port);
    });
  });
}
