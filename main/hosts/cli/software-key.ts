import { once } from 'node:events';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { openUdpSoftwareKey, type UdpAddress } from '../../authenticators/index.ts';

export type ServeSoftwareKeyOptions = {
  /** Where packets for the key arrive; port 0 takes a free one. Loopback only. */
  listen: UdpAddress;
  /** Where the packets of the key go. Loopback only. */
  answer: UdpAddress;
  /** Aborting ends it. */
  signal: AbortSignal;
  /** Told the one line that says that the key is ready; without it the line goes to standard output. */
  print?: (line: string) => void;
};

/**
 * Serves a throw-away software key over UDP until the signal aborts: `keywright software-key --udp
 * 127.0.0.1:8111,127.0.0.1:7112`. Nothing of it is stored.
 * @throws KeywrightError `input.invalid` for an address that is not loopback, `host.port_unavailable`
 */
export async function serveSoftwareKey(options: ServeSoftwareKeyOptions): Promise<void> {
  const { listen, answer, signal, print = (line: string) => process.stdout.write(`${line}\n`) } = options;
  if (signal.aborted) return;
  const key = await openUdpSoftwareKey({ listen, answer });
  try {
    print(
      `Software security key ready on UDP ${listen.host}:${key.port}, answers to ${answer.host}:${answer.port}.`,
    );
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await key.close();
  }
}

/**
 * Reads the value of `--udp`: `<listen host>:<port>,<answer host>:<port>`; an IPv6 host stands in brackets.
 * @throws KeywrightError `input.invalid`
 */
export function parseUdpOption(text: string): Pick<ServeSoftwareKeyOptions, 'listen' | 'answer'> {
  const [listen, answer, ...rest] = text.split(',');
  if (listen === undefined || answer === undefined || rest.length > 0) throw badOption();
  return { listen: parseAddress(listen), answer: parseAddress(answer) };
}

function parseAddress(text: string): UdpAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw badOption();
  return { host, port };
}

function badOption(): KeywrightError {
  return new KeywrightError('input.invalid', {
    message: 'Write two addresses, such as --udp 127.0.0.1:8111,127.0.0.1:7112.',
  });
}
