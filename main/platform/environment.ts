import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import envPaths from 'env-paths';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';

/** A UDP address on this computer. */
export type LoopbackAddress = { host: string; port: number };

/** A firmware simulator: one CTAPHID packet in each datagram. */
export type CtapSimulator = {
  /** Where our packets go. */
  device: LoopbackAddress;
  /** Where the simulator sends its own. */
  answers: LoopbackAddress;
};

const ADDRESS = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/;

// Names are refused: where they lead is somebody else's to decide.
const Loopback = z.string().transform((text, context): LoopbackAddress => {
  const match = ADDRESS.exec(text.trim());
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  const loopback = (isIPv4(host) && host.startsWith('127.')) || host === '::1';
  if (loopback && port >= 1 && port <= 65_535) return { host, port };
  context.addIssue({ code: 'custom', message: 'not a loopback address with a port' });
  return z.NEVER;
});

const Simulator = z
  .tuple([Loopback, Loopback])
  .refine(([device, answers]) => isIPv6(device.host) === isIPv6(answers.host))
  .refine(([device, answers]) => device.host !== answers.host || device.port !== answers.port)
  .transform(([device, answers]): CtapSimulator => ({ device, answers }));

const Simulators = z
  .string()
  .transform((text) => text.split(';').map((pair) => pair.split(',')))
  .pipe(z.array(Simulator));

const Environment = z.object({
  KEYWRIGHT_CTAP_UDP: Simulators.default([]),
  KEYWRIGHT_DATA: z.string().trim().min(1).optional(),
  KEYWRIGHT_LOG: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('warn'),
});

/** The settings that come from outside. */
export type Settings = {
  /** Absolute path of the data folder. */
  dataFolder: string;
  logLevel: z.infer<typeof Environment>['KEYWRIGHT_LOG'];
  /** Simulated security keys; none unless asked for. */
  simulators: readonly CtapSimulator[];
};

/**
 * Reads Keywright's environment variables. `KEYWRIGHT_DATA` names the data folder (a relative path counts
 * from the working folder), else it is the platform's usual place for application data. `KEYWRIGHT_CTAP_UDP`
 * names firmware simulators, `<device>,<answers>` each: `127.0.0.1:8111,127.0.0.1:7112`, loopback only; several
 * are parted by semicolons.
 * @throws KeywrightError `input.invalid` naming the variable that cannot be understood
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    const variable = String(parsed.error.issues[0]?.path[0] ?? 'environment');
    throw new KeywrightError('input.invalid', {
      message: `The environment variable ${variable} has a value that Keywright does not know.`,
      details: { field: variable },
    });
  }
  const wanted = parsed.data.KEYWRIGHT_DATA;
  const folder = wanted ?? envPaths('keywright', { suffix: '' }).data;
  return {
    dataFolder: isAbsolute(folder) ? folder : resolve(folder),
    logLevel: parsed.data.KEYWRIGHT_LOG,
    simulators: parsed.data.KEYWRIGHT_CTAP_UDP,
  };
}
