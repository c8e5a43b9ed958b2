import { isAbsolute, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../main/platform/index.ts';

describe('the settings from outside', () => {
  it('have defaults, and no simulated security key among them', () => {
    const settings = readEnvironment({});
    expect(isAbsolute(settings.dataFolder)).toBe(true);
    expect(settings).toMatchObject({ logLevel: 'warn', simulators: [] });
  });

  it('take a data folder, counted from the working folder, and a log level', () => {
    expect(readEnvironment({ KEYWRIGHT_DATA: 'some/where', KEYWRIGHT_LOG: 'debug' })).toEqual({
      dataFolder: resolve('some/where'),
      logLevel: 'debug',
      simulators: [],
    });
  });

  it('take simulated security keys: where packets go, and where answers come', () => {
    const first = {
      device: { host: '127.0.0.1', port: 8111 },
      answers: { host: '127.0.0.1', port: 7112 },
    };
    expect(readEnvironment({ KEYWRIGHT_CTAP_UDP: '127.0.0.1:8111,127.0.0.1:7112' }).simulators).toEqual([
      first,
    ]);
    const two = ' 127.0.0.1:8111, 127.0.0.1:7112 ; [::1]:8112,[::1]:7113';
    expect(readEnvironment({ KEYWRIGHT_CTAP_UDP: two }).simulators).toEqual([
      first,
      { device: { host: '::1', port: 8112 }, answers: { host: '::1', port: 7113 } },
    ]);
  });

  it.each([
    '',
    'on',
    '127.0.0.1:8111',
    '127.0.0.1:8111,',
    '127.0.0.1:8111,127.0.0.1:7112,127.0.0.1:7113',
    '127.0.0.1:8111,127.0.0.1:7112;',
    '127.0.0.1:0,127.0.0.1:7112',
    '127.0.0.1:8111,127.0.0.1:65536',
    '127.0.0.1,127.0.0.1',
    '127.0.0.1:8111,127.0.0.1:8111',
    '127.0.0.1:8111,[::1]:7112',
  ])('refuse "%s" as simulators', (value) => {
    expect(() => readEnvironment({ KEYWRIGHT_CTAP_UDP: value })).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: { field: 'KEYWRIGHT_CTAP_UDP' } }),
    );
  });

  it.each(['0.0.0.0', '192.168.1.10', '[::]', 'localhost', 'example.org', '127.0.0.1.example.org', '[::2]'])(
    'refuse %s, which is not loopback by its number',
    (host) => {
      for (const value of [`${host}:8111,127.0.0.1:7112`, `127.0.0.1:8111,${host}:7112`]) {
        expect(() => readEnvironment({ KEYWRIGHT_CTAP_UDP: value })).toThrow(
          expect.objectContaining({ code: 'input.invalid', details: { field: 'KEYWRIGHT_CTAP_UDP' } }),
        );
      }
    },
  );

  it('name the variable that cannot be understood', () => {
    expect(() => readEnvironment({ KEYWRIGHT_LOG: 'loud' })).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: { field: 'KEYWRIGHT_LOG' } }),
    );
    expect(() => readEnvironment({ KEYWRIGHT_DATA: ' ' })).toThrow(
      expect.objectContaining({ code: 'input.invalid', details: { field: 'KEYWRIGHT_DATA' } }),
    );
  });
});
