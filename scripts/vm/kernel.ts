import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apt, CannotRun } from './packages.ts';

/** Makes a HID device out of a program; `hid` and `hid-generic` are what it stands on. In order of loading. */
const MODULES = ['hid', 'hid-generic', 'uhid'] as const;

/** A kernel, and the modules to load into it, in order. */
export type Kernel = { image: string; modules: string[] };

/**
 * Debian's kernel, unpacked from its package into the folder; downloaded where it is not there yet.
 * @throws CannotRun where there is no such package, or it cannot be had
 */
export function getKernel(folder: string): Kernel {
  const name = packageName();
  const home = join(folder, name);
  if (!existsSync(home)) unpack(name, folder, home);
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
  const find = (pattern: RegExp): string => {
    const file = files.find((path) => pattern.test(path));
    if (file === undefined) throw new CannotRun(`the package ${name} has no file like ${pattern.source}`);
    return join(home, file);
  };
  return {
    image: find(/^boot\/vmlinuz-/),
    modules: MODULES.map((module) => find(new RegExp(`/hid/${module}\\.ko$`))),
  };
}

function packageName(): string {
  const known = () => spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' }).stdout;
  const pattern = /Depends: (linux-image-\S+)/;
  let match = pattern.exec(known() ?? '');
  if (match === null) {
    apt(['update']);
    match = pattern.exec(known() ?? '');
  }
  if (match?.[1] === undefined)
    throw new CannotRun("apt knows no package linux-image-amd64 (Debian's kernel)");
  return match[1];
}

function unpack(name: string, folder: string, home: string): void {
  console.log(`Downloading ${name}.`);
  const work = `${home}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  // A list of packages from last month names files that are gone.
  const complaint = apt(['download', name], work) && (apt(['update']) ?? apt(['download', name], work));
  const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new CannotRun(`${name} could not be downloaded: ${complaint}`);
  run('sh', [
    '-c',
    'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --wildcards "./boot/vmlinuz-*" "*/drivers/hid/*.ko"',
    join(work, archive),
    work,
  ]);
  rmSync(join(work, archive));
  renameSync(work, home);
  for (const old of readdirSync(folder)) {
    if (old.startsWith('linux-image-') && join(folder, old) !== home) {
      rmSync(join(folder, old), { recursive: true });
    }
  }
}

function run(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${program} failed: ${result.error?.message ?? result.stderr}`);
}
