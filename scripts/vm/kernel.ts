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
  if (!existsSync(home)) {
    download(name, home);
    removeOthers(folder, name);
  }
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
  const find = (pattern: RegExp): string => {
    const file = files.find((path) => pattern.test(path));
    if (file === undefined) throw new Error(`The package ${name} has no file like ${pattern.source}.`);
    return join(home, file);
  };
  return {
    image: find(/^boot\/vmlinuz-/),
    modules: MODULES.map((module) => find(new RegExp(`/hid/${module}\\.ko$`))),
  };
}

function packageName(): string {
  const find = () => {
    const { stdout } = spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
    return /Depends: (linux-image-\S+)/.exec(stdout ?? '')?.[1];
  };
  let name = find();
  if (name === undefined) {
    apt(['update']);
    name = find();
  }
  if (name === undefined) throw new CannotRun("apt knows no package linux-image-amd64, Debian's kernel");
  return name;
}

function download(name: string, home: string): void {
  console.log(`Downloading ${name}.`);
  const work = `${home}.${process.pid}.tmp`;
  mkdirSync(work, { recursive: true });
  try {
    let complaint = apt(['download', name], { cwd: work });
    if (complaint !== null) {
      // A list of packages from last month names files that are gone.
      apt(['update']);
      complaint = apt(['download', name], { cwd: work });
    }
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new CannotRun(`${name} could not be downloaded: ${complaint}`);
    unpack(join(work, archive), work);
    rmSync(join(work, archive));
    // Another run may have been faster.
    if (!existsSync(home)) renameSync(work, home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Takes the image and the HID modules out of the package. Newer ones are compressed. */
function unpack(archive: string, folder: string): void {
  const script = `set -e
    dpkg-deb --fsys-tarfile "$0" |
      tar -x -C "$1" --wildcards './boot/vmlinuz-*' '*/drivers/hid/*.ko*'
    find "$1" -name '*.ko.xz' -exec xz --decompress {} +`;
  const result = spawnSync('sh', ['-c', script, archive, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    throw new Error(`${archive} could not be unpacked: ${result.error?.message ?? result.stderr}`);
  }
}

/** An update brings a kernel with another name. */
function removeOthers(folder: string, name: string): void {
  for (const other of readdirSync(folder)) {
    if (other.startsWith('linux-image-') && other !== name && !other.endsWith('.tmp')) {
      rmSync(join(folder, other), { recursive: true, force: true });
    }
  }
}
