import { describe, expect, it } from 'vitest';
import { openUdpSoftwareKey } from '../../../main/authenticators/index.ts';
import { parseUdpOption, serveSoftwareKey } from '../../../main/hosts/cli/software-key.ts';

const loopback = { host: '127.0.0.1', port: 0 };

describe('a software key over UDP', () => {
  it.each(['0.0.0.0', '192.168.1.10', '::', 'localhost', 'example.org', '127.0.0.1.example.org', ''])(
    'refuses the address "%s", to listen and to answer',
    async (host) => {
      const foreign = { host, port: 7112 };
      const refused = { code: 'input.invalid' };
      await expect(openUdpSoftwareKey({ listen: foreign, answer: loopback })).rejects.toMatchObject(refused);
      await expect(openUdpSoftwareKey({ listen: loopback, answer: foreign })).rejects.toMatchObject(refused);
    },
  );

  it('says so where the port is taken', async () => {
    const key = await openUdpSoftwareKey({ listen: loopback, answer: { host: '127.0.0.1', port: 7112 } });
    const second = openUdpSoftwareKey({
      listen: { host: '127.0.0.1', port: key.port },
      answer: { host: '127.0.0.1', port: 7112 },
    });
    await expect(second).rejects.toMatchObject({ code: 'host.port_unavailable' });
    await key.close();
  });

  it('is served until the signal aborts', async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    await serveSoftwareKey({
      listen: loopback,
      answer: { host: '127.0.0.1', port: 7112 },
      signal: abort.signal,
      print: (line) => {
        lines.push(line);
        abort.abort();
      },
    });
    expect(lines).toEqual([expect.stringMatching(/^Software security key ready on UDP 127\.0\.0\.1:\d+, /)]);
  });

  it('takes its addresses from the command line', () => {
    expect(parseUdpOption('127.0.0.1:8111,127.0.0.1:7112')).toEqual({
      listen: { host: '127.0.0.1', port: 8111 },
      answer: { host: '127.0.0.1', port: 7112 },
    });
    expect(parseUdpOption('[::1]:8111,[::1]:7112').listen).toEqual({ host: '::1', port: 8111 });
    for (const text of [
      '',
      '127.0.0.1:8111',
      '127.0.0.1,127.0.0.1',
      'a:1,b:2,c:3',
      '127.0.0.1:70000,127.0.0.1:1',
    ]) {
      expect(() => parseUdpOption(text)).toThrow(expect.objectContaining({ code: 'input.invalid' }));
    }
  });
});
