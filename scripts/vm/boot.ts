import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Outcome } from '../test/outcome.ts';
import type { Kernel } from './kernel.ts';

/** How long the guest may take from power-on to power-off, ms. */
const LIMIT = 240_000;
/** Marks a line of the guest's console that is meant for us. */
const MARK = '@vm ';
/** How much of the rest of the console is shown after a failure, lines. */
const SHOWN = 60;

const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pass'), name: z.string(), ms: z.number() }),
  z.object({ type: z.literal('fail'), name: z.string(), error: z.string() }),
  z.object({ type: z.literal('skip'), name: z.string(), reason: z.string() }),
  z.object({ type: z.literal('note'), text: z.string() }),
  z.object({ type: z.literal('end') }),
]);
type Line = z.infer<typeof Line>;

/**
 * Boots the guest in emulation, without a network and without a disk, and shows what its tests tell. A guest that
 * does not come to its end counts as a failure.
 * @param options `root`: file with its root file system; `words` choose the tests
 */
export async function boot(options: {
  kernel: Kernel;
  root: string;
  words: readonly string[];
}): Promise<Outcome> {
  const { kernel, root, words } = options;
  const start = performance.now();
  // One thread for both processors: with a thread for each, QEMU 7.2 breaks one in forty starts of V8, at random.
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '2', '-m', '1536'],
      ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot', '-nic', 'none'],
      ...['-kernel', kernel.image, '-initrd', root],
      // What follows the two dashes is for the first program.
      ...['-append', `console=ttyS0 quiet panic=-1 -- ${words.join(' ')}`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const kill = () => void qemu.kill('SIGKILL');
  process.once('exit', kill);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, LIMIT);
  const exited = new Promise<string>((resolve) => {
    qemu.on('error', (error) => resolve(error.message));
    qemu.on('exit', (code, signal) => resolve(`QEMU ended with ${code ?? signal}`));
  });
  const outcome: Outcome = { passed: 0, failed: 0, skipped: [] };
  const others: string[] = [];
  let ended = false;
  for await (const text of createInterface({ input: qemu.stdout })) {
    const line = parse(text);
    if (line === null) {
      if (text.trim() !== '') others.push(text);
      continue;
    }
    if (line.type === 'pass') outcome.passed += 1;
    if (line.type === 'fail') outcome.failed += 1;
    if (line.type === 'skip') outcome.skipped.push({ name: line.name, reason: line.reason });
    if (line.type === 'end') ended = true;
    show(line);
  }
  const last = await exited;
  clearTimeout(timer);
  process.off('exit', kill);
  if (ended) {
    console.log(`The guest ran for ${seconds(performance.now() - start)}.`);
  } else {
    outcome.failed += 1;
    console.log(`The guest did not come to its end (${late ? `stopped after ${seconds(LIMIT)}` : last}).`);
  }
  if (outcome.failed > 0 && others.length > 0) {
    console.log(`What else was on its console:\n${others.slice(-SHOWN).join('\n')}`);
  }
  return outcome;
}

/** @returns null for a line that is not meant for us */
function parse(text: string): Line | null {
  const at = text.indexOf(MARK);
  return at < 0 ? null : Line.parse(JSON.parse(text.slice(at + MARK.length)));
}

function show(line: Line): void {
  if (line.type === 'pass') console.log(`  ok    ${line.name} (${Math.round(line.ms)} ms)`);
  if (line.type === 'fail') console.log(`  FAIL  ${line.name}\n${line.error.replaceAll(/^/gm, '        ')}`);
  if (line.type === 'note') console.log(`        ${line.text}`);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
