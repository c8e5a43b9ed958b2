import { execFile, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { SOFTWARE_KEY_AAGUID } from '../../main/authenticators/index.ts';
import { serveSoftwareKey } from '../../main/hosts/cli/software-key.ts';

const PYTHON = '/usr/bin/python3';
const SCRIPT = new URL('python_fido2.py', import.meta.url).pathname;
const absent = spawnSync(PYTHON, ['-c', 'import fido2.ctap2']).status !== 0;

/** A UDP port that nobody uses now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  const listening = once(socket, 'listening');
  socket.bind({ address: '127.0.0.1', port: 0 });
  await listening;
  const { port } = socket.address();
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  return port;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Serves a software key on free ports; resolves when it has printed that it is ready. */
async function serve(): Promise<{ port: number; answerPort: number }> {
  const answerPort = await freePort();
  const ending = new AbortController();
  const { promise: line, resolve } = Promise.withResolvers<string>();
  const served = serveSoftwareKey({
    listen: { host: '127.0.0.1', port: 0 },
    answer: { host: '127.0.0.1', port: answerPort },
    signal: ending.signal,
    print: resolve,
  });
  stops.push(() => {
    ending.abort();
    return served;
  });
  const printed = await Promise.race([line, served.then(() => 'ended')]);
  const port = Number(/127\.0\.0\.1:(\d+),/.exec(printed)?.[1]);
  return { port, answerPort };
}

describe.skipIf(absent)('python-fido2 (skipped where the package python3-fido2 is absent)', () => {
  it.each([1, 2])('uses the software key over UDP with PIN/UV protocol %i', async (protocol) => {
    const { port, answerPort } = await serve();
    const { stdout } = await promisify(execFile)(PYTHON, [SCRIPT, `${port}`, `${answerPort}`, `${protocol}`]);
    expect(JSON.parse(stdout)).toEqual({
      versions: ['FIDO_2_0', 'FIDO_2_1'],
      aaguid: SOFTWARE_KEY_AAGUID.replaceAll('-', ''),
      protocols: [2, 1],
      extensions: [
        'credProtect',
        'hmac-secret',
        'hmac-secret-mc',
        'credBlob',
        'largeBlobKey',
        'minPinLength',
      ],
      clientPinBefore: false,
      clientPinAfter: true,
      retries: 8,
      algorithms: [-8, -7],
      counterRises: true,
      hmacSecretTwiceEqual: true,
      storedBefore: 1,
      largeBlob: 1200,
      storedBetween: 2,
      storedAfter: 0,
      minPinLength: 5,
      retriesAfterWrong: 7,
      retriesAfterRight: 8,
      clientPinAfterReset: false,
    });
  });
});
