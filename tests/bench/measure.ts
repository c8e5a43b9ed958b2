import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** One line of `bench/results.json`. */
export type Result = {
  name: string;
  unit: string;
  ours: number;
  /** What the figure is compared with, or null where nothing fair is at hand. */
  peer: string | null;
  peerValue: number | null;
  /** ours / peerValue */
  ratio: number | null;
  target: string;
  holds: boolean;
  /** How many runs each of the two had, by turns. */
  runs?: number;
  /** Where the figures are overheads: the whole times that they are part of. */
  whole?: { ours: number; peer: number };
};

/** The median of the numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

const round = (value: number) => Number(value.toPrecision(4));

/** Puts a measurement into a line; `limit` is the largest value of ours that holds. */
export function result(
  name: string,
  unit: string,
  ours: number,
  limit: number,
  peer: { name: string; value: number } | null,
): Result {
  return {
    name,
    unit,
    ours: round(ours),
    peer: peer?.name ?? null,
    peerValue: peer === null ? null : round(peer.value),
    ratio: peer === null ? null : round(ours / peer.value),
    target: `under ${limit} ${unit}`,
    holds: ours < limit,
  };
}

/** Puts an overhead, ms, into a line; it holds where it is at most `most` of the peer's. */
export function share(
  name: string,
  ours: number,
  peer: { name: string; value: number },
  most: number,
): Result {
  const line = result(name, 'ms', ours, Number.POSITIVE_INFINITY, peer);
  return { ...line, target: `at most ${most} times the other`, holds: ours <= most * peer.value };
}

/** Starts a Node program and waits for the line that `pattern` matches. Times are ms. */
export async function startProgram(
  args: readonly string[],
  pattern: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; match: RegExpExecArray; startedAt: number }> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const match = pattern.exec(line);
    if (match !== null) return { child, match, startedAt };
  }
  throw new Error(`${args.join(' ')} ended without the expected line`);
}

/** Ends a program and waits until it is gone. */
export async function stopProgram(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Resident memory of a process, MB (Linux). */
export function residentMegabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
