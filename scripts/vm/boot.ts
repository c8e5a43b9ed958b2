import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Outcome } from '../test/outcome.ts';
import type { Kernel } from './kernel.ts';

/** How long the guest may take from power-on to power-off, ms. */
const LIMIT = 150_000;
/** Marks a line of the guest's console that is meant for us. */
const MARK = '@vm ';

const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pass'), name: z.string(), ms: z.number() }),
  z.object({ type: z.literal('fail'), name: z.string(), error: z.string() }),
  z.object({ type: z.literal('note'), text: z.string() }),
  z.object({ type: z.literal('end') }),
]);

/**
 * Boots the guest in emulation, without a network and without a disk, and shows what its tests tell.
 * @param root file with its root file system
 */
export async function boot(kernel: Kernel, root: string): Promise<Outcome> {
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1536'],
      ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot', '-nic', 'none'],
      ...['-kernel', kernel.image, '-initrd', root, '-append', 'console=ttyS0 quiet panic=-1'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const timer = setTimeout(() => qemu.kill('SIGKILL'), LIMIT);
  const outcome: Outcome = { passed: 0, failed: 0, skipped: [] };
  const console_: string[] = [];
  let ended = false;
  const exited = new Promise<string | null>((resolve) => {
    qemu.on('error', (error) => resolve(error.message));
    qemu.on('exit', () => resolve(null));
  });
  for await (const line of createInterface({ input: qemu.stdout })) {
    const at = line.indexOf(MARK);
    if (at < 0) {
      console_.push(line);
      continue;
    }
    const told = Line.parse(JSON.parse(line.slice(at + MARK.length)));
    if (told.type === 'pass') outcome.passed += 1;
    if (told.type === 'fail') outcome.failed += 1;
    if (told.type === 'end') ended = true;
    else console.log(sentence(told));
  }
  const problem = await exited;
  clearTimeout(timer);
  if (!ended) {
    outcome.failed += 1;
    console.error(
      `The guest did not come to its end${problem === null ? '' : ` (${problem})`}. Its console:`,
    );
    console.error(console_.slice(-60).join('\n'));
  }
  return outcome;
}

function sentence(told: Exclude<z.infer<typeof Line>, { type: 'end' }>): string {
  if (told.type === 'pass') return `  ok    ${told.name} (${Math.round(told.ms)} ms)`;
  if (told.type === 'fail') return `  FAIL  ${told.name}\n${told.error}`;
  return `        ${told.text}`;
}
