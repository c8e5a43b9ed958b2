#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander';
import manifest from '../../../package.json' with { type: 'json' };
import { EXIT, exitCode } from '../common/exit-codes.ts';
import { explain } from '../common/explain.ts';
import { requireNode } from '../common/node-version.ts';
import type { ListOptions } from './credentials.ts';

const EXIT_CODES = `
Exit codes: 0 done, 1 something went wrong inside Keywright, 2 the command was not understood or came too early,
3 the data folder cannot be used (another Keywright may have it open), 4 signing in or signing was refused,
5 the local address could not be opened, 130 cancelled.

KEYWRIGHT_DATA names the data folder, KEYWRIGHT_LOG how much is logged (silent, error, warn, info, debug).`;

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is wanted.`);
  };
}

const program = new Command('keywright')
  .description(manifest.description)
  .version(manifest.version)
  .addHelpText('after', EXIT_CODES)
  .showHelpAfterError('(keywright --help shows what there is)')
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? EXIT.ok : EXIT.usage));

program
  .command('status')
  .description('show the data folder and its workspace; needs no sign-in')
  .option('--json', 'print JSON')
  .action(async (options: { json?: boolean }) => (await import('./status.ts')).printStatus(options));

program
  .command('credentials')
  .description('work with credentials')
  .command('list')
  .description(
    'list your credentials; signs in first: PIN without echo, Enter as the touch of a software key',
  )
  .option('--json', 'print JSON')
  .option('--query <text>', 'only those whose name, model or fingerprint holds the text', '')
  .addOption(
    new Option('--state <state>', 'only these').choices(['all', 'active', 'inactive']).default('all'),
  )
  .option('--limit <number>', 'at most so many', whole(1, 200), 100)
  .option('--credential <name>', 'sign in with this credential')
  .option('--pin-fd <number>', 'read the PIN from this file descriptor', whole(0, 1024))
  .action(async (options: ListOptions) => (await import('./credentials.ts')).printCredentials(options));

program
  .command('web')
  .description('open Keywright in the browser, as npm run start:web does')
  .option('--port <number>', 'use this port', whole(0, 65_535))
  .option('--no-open', 'print the address only')
  .action(async ({ port, open }: { port?: number; open: boolean }) => {
    const args = [...(port === undefined ? [] : ['--port', String(port)]), ...(open ? [] : ['--no-open'])];
    process.exitCode = await (await import('./web.ts')).runWebHost(import.meta.dirname, args);
  });

program
  .command('software-key')
  .description(
    'serve a throw-away software security key over UDP until Ctrl+C, for programs that speak CTAPHID',
  )
  .requiredOption('--udp <addresses>', 'where it listens and where it answers: 127.0.0.1:8111,127.0.0.1:7112')
  .action(async ({ udp }: { udp: string }) => {
    const { parseUdpOption, serveSoftwareKey } = await import('./software-key.ts');
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
    await serveSoftwareKey({ ...parseUdpOption(udp), signal: stop.signal });
  });

try {
  requireNode();
  await program.parseAsync();
} catch (error) {
  console.error(explain(error));
  process.exitCode = exitCode(error);
}
