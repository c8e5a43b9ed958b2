import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Why the tests in the guest cannot run on this machine; the run ends without a failure. */
export class CannotRun extends Error {}

/** Debian's packages of the programs that are needed here. */
const PROGRAMS = [
  { path: '/usr/bin/qemu-system-x86_64', name: 'qemu-system-x86' },
  { path: '/bin/busybox', name: 'busybox-static' },
  { path: '/usr/bin/dpkg-deb', name: 'dpkg' },
] as const;

/** Runs apt-get without a question. @returns null, or the last line of what it complained about */
export function apt(args: readonly string[], cwd?: string): string | null {
  const limits = [
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'Acquire::Retries=2',
    '-o',
    'DPkg::Lock::Timeout=120',
  ];
  const result = spawnSync('apt-get', ['-qq', ...limits, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status === 0) return null;
  return result.error?.message ?? result.stderr.trim().split('\n').at(-1) ?? 'no reason given';
}

/** Installs the programs that are missing. @throws CannotRun */
export function installPrograms(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new CannotRun('the guest is made of Debian packages for 64-bit x86 Linux');
  }
  const missing = () => PROGRAMS.filter(({ path }) => !existsSync(path)).map(({ name }) => name);
  const names = missing();
  if (names.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new CannotRun(`missing packages: sudo apt-get install --no-install-recommends ${names.join(' ')}`);
  }
  console.log(`Installing ${names.join(', ')}.`);
  apt(['update']);
  const complaint = apt(['install', '-y', '--no-install-recommends', ...names]);
  if (missing().length > 0) {
    throw new CannotRun(`${names.join(', ')} could not be installed: ${complaint ?? 'no reason given'}`);
  }
}
