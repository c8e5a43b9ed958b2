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

const OPTIONS = ['Acquire::http::Timeout=20', 'Acquire::Retries=2', 'DPkg::Lock::Timeout=60'];
/** How long apt may take to fetch something, ms. */
const FETCH_LIMIT = 100_000;

/**
 * Runs apt-get without a question.
 * @param options `limit`: ms after which it is stopped; null for what changes the system
 * @returns null, or what it complained about last
 */
export function apt(
  args: readonly string[],
  { cwd, limit = FETCH_LIMIT }: { cwd?: string; limit?: number | null } = {},
): string | null {
  const result = spawnSync('apt-get', ['-qq', ...OPTIONS.flatMap((option) => ['-o', option]), ...args], {
    cwd,
    timeout: limit ?? 0,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status === 0) return null;
  const error: NodeJS.ErrnoException | undefined = result.error;
  if (error?.code === 'ENOENT') return 'there is no apt-get here';
  if (error?.code === 'ETIMEDOUT') return `apt-get ${args[0]} took too long`;
  return error?.message ?? (result.stderr.trim().split('\n').at(-1) || 'no reason given');
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
  const install = ['install', '-y', '--no-install-recommends'];
  apt(['update']);
  // What is fetched beforehand can be stopped; an installation cannot.
  const complaint =
    apt([...install, '--download-only', ...names]) ?? apt([...install, ...names], { limit: null });
  if (missing().length > 0) {
    throw new CannotRun(`${names.join(', ')} could not be installed: ${complaint ?? 'no reason given'}`);
  }
}
