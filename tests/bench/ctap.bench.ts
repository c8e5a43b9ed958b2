import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readEnvironment } from '../../main/platform/environment.ts';
import { LineProgram } from './line-program.ts';
import { median, type Result, share, startProgram, stopProgram } from './measure.ts';

// Keywright's CTAP client and python-fido2 take turns at the same simulated key, with the same commands: the relay
// between them and the key measures the key's own time and writes down every command with the length of its request.
// A client's overhead is all of its time but the key's, and but the time in which it was ready to run and other
// programs had the processor (of which these machines have few).

const PYTHON = '/usr/bin/python3';
const RUNS = 30;
const WARM_UP_RUNS = 20;
/** What both clients do before anything is measured, so that neither is measured while it is still being compiled. */
const WARM_UP = ['getInfo 1000', 'getAssertion 200'];
/** The most that counts as kept of the peer's overhead. */
const TARGET = 0.7;

/** How long a run of the peer is to last, and how long it may last, so that all stays within minutes; ms. */
const RUN_TIME = 60;
const LONGEST_RUN = 1000;
/** How long both may take to warm up for one operation, ms. */
const WARM_UP_TIME = 5000;

/** `most`: how often it is done in one run at the most. */
const OPERATIONS = [
  { name: 'getInfo', title: 'getInfo round trip', most: 100 },
  { name: 'makeCredential', title: 'makeCredential with PIN', most: 20 },
  { name: 'getAssertion', title: 'getAssertion with PIN', most: 20 },
  { name: 'excludeList', title: 'makeCredential with PIN and 500-entry exclude list', most: 3 },
  { name: 'enumerate', title: 'enumerate 50 resident credentials', most: 5 },
] as const;

type Operation = (typeof OPERATIONS)[number];
/** An address of the simulated key, and the one it answers to: host and port. */
type KeyAddresses = { key: string; answers: string };
type Sample = { overhead: number; whole: number; commands: string };

const Client = z.object({ operations: z.array(z.string()), searchSize: z.int().positive() });
const Report = z.object({ keyTime: z.number(), commands: z.array(z.string()) });

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** python-fido2's whole getAssertion with PIN with the software key, ms; null where it was not measured. */
export type PeerAssertion = { name: string; value: number } | null;

/**
 * Overhead per operation against python-fido2, with the software key and the simulators of the environment.
 * @param report told of each figure as soon as it is there
 */
export async function ctapOverheads(report: (line: Result) => void): Promise<PeerAssertion> {
  if (spawnSync(PYTHON, ['-c', 'import fido2.ctap2']).status !== 0) {
    console.log(
      'not measured: the CTAP client against python-fido2, which is absent (python3-fido2 in Debian)',
    );
    return null;
  }
  const assertion = await withSoftwareKey((addresses) => compare(addresses, 'software key', report));
  for (const { device, answers } of readEnvironment().simulators) {
    const addresses = { key: `${device.host}:${device.port}`, answers: `${answers.host}:${answers.port}` };
    await compare(addresses, `simulator at ${addresses.key}`, report);
  }
  return assertion;
}

async function withSoftwareKey<T>(work: (addresses: KeyAddresses) => Promise<T>): Promise<T> {
  const [key, answers] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  if (key === undefined || answers === undefined) throw new Error('no free ports');
  const cli = pathOf('../../dist/main/cli.js');
  const { child } = await startProgram([cli, 'software-key', '--udp', `${key},${answers}`], /ready on UDP/);
  pin(child.pid, 1);
  try {
    return await work({ key, answers });
  } finally {
    await stopProgram(child);
  }
}

async function compare(
  { key, answers }: KeyAddresses,
  where: string,
  report: (line: Result) => void,
): Promise<PeerAssertion> {
  const ports = (await freePorts(4)).map(String);
  const [ourKey = '', ourAnswers = '', peerKey = '', peerAnswers = ''] = ports;
  const clients = ports.map((port) => `127.0.0.1:${port}`);
  const running: LineProgram[] = [];
  const start = async (command: string, args: readonly string[], processor: 0 | 1) => {
    const [program, line] = await LineProgram.start(command, args);
    running.push(program);
    pin(program.pid, processor);
    return { program, line };
  };
  try {
    const relay = await start(PYTHON, [pathOf('ctap-relay.py'), key, answers, ...clients], 1);
    const ours = await start(process.execPath, [pathOf('ctap-client.ts'), ourKey, ourAnswers], 0);
    const { operations, searchSize } = Client.parse(JSON.parse(ours.line));
    const args = [pathOf('ctap-peer.py'), peerKey, peerAnswers, String(searchSize)];
    const peer = await start(PYTHON, args, 0);
    for (const line of WARM_UP) {
      await ours.program.ask(line);
      await peer.program.ask(line);
    }
    const name = `python-fido2 ${peer.line}`;
    const pair = { relay: relay.program, ours: ours.program, peer: peer.program };
    let assertion: PeerAssertion = null;
    for (const operation of OPERATIONS) {
      const title = `CTAP client overhead, ${where}: ${operation.title}`;
      const samples = operations.includes(operation.name) ? await takeTurns(pair, operation) : null;
      if (samples === null) {
        console.log(`not measured: ${title}, which the key does not have or takes too long for`);
        continue;
      }
      const of = (field: 'overhead' | 'whole', who: 'ours' | 'peer') =>
        median(samples[who].map((sample) => sample[field]));
      const whole = { ours: of('whole', 'ours'), peer: of('whole', 'peer') };
      const figures = { name: `${name}, same commands`, value: of('overhead', 'peer') };
      report({ ...share(title, of('overhead', 'ours'), figures, TARGET), runs: RUNS, whole });
      if (operation.name === 'getAssertion') {
        assertion = { name: `${name}: getAssertion with PIN alone, same key over UDP`, value: whole.peer };
      }
    }
    return assertion;
  } finally {
    for (const program of running) await program.stop();
  }
}

async function takeTurns(
  { relay, ours, peer }: { relay: LineProgram; ours: LineProgram; peer: LineProgram },
  { name, most }: Operation,
): Promise<{ ours: Sample[]; peer: Sample[] } | null> {
  const samples: { ours: Sample[]; peer: Sample[] } = { ours: [], peer: [] };
  const { whole } = await sample(relay, peer, name, 1);
  if (whole > LONGEST_RUN) return null;
  const count = Math.max(1, Math.min(most, Math.floor(RUN_TIME / whole)));
  const warmUp = Math.min(WARM_UP_RUNS, Math.floor(WARM_UP_TIME / (2 * count * whole)));
  for (let run = -warmUp; run < RUNS; run += 1) {
    const first = run % 2 === 0;
    const a = await sample(relay, first ? ours : peer, name, count);
    const b = await sample(relay, first ? peer : ours, name, count);
    if (a.commands !== b.commands) {
      throw new Error(`the clients sent different commands:\n${a.commands}\n${b.commands}`);
    }
    if (run < 0) continue;
    samples.ours.push(first ? a : b);
    samples.peer.push(first ? b : a);
  }
  return samples;
}

/** One run of one client; times in ms for one operation. */
async function sample(relay: LineProgram, client: LineProgram, name: string, count: number): Promise<Sample> {
  await relay.ask('begin');
  const waitedBefore = waitedForProcessor(client.pid);
  const whole = Number(await client.ask(`${name} ${count}`));
  const waited = waitedForProcessor(client.pid) - waitedBefore;
  const { keyTime, commands } = Report.parse(JSON.parse(await relay.ask('end')));
  const perOperation = (ns: number) => ns / count / 1e6;
  return {
    overhead: perOperation(whole - keyTime - waited),
    whole: perOperation(whole),
    commands: commands.join(' '),
  };
}

/** How long the first thread of a process has been ready to run and did not, ns. Linux, sched-stats.rst. */
function waitedForProcessor(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]);
}

/**
 * Keeps the clients on one processor and what they wait for on another, as a real key would be: else the system lets a
 * client begin behind the relay that woke it. Without effect where there is only one, or `taskset` is absent.
 */
function pin(pid: number | undefined, processor: 0 | 1): void {
  if (availableParallelism() > 1) spawnSync('taskset', ['-p', '-c', String(processor), String(pid)]);
}

async function freePorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  const ports: number[] = [];
  for (const socket of sockets) {
    const listening = once(socket, 'listening');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await listening;
    ports.push(socket.address().port);
  }
  for (const socket of sockets) socket.close();
  return ports;
}
