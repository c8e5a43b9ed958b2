import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { Archive } from './archive.ts';
import type { Kernel } from './kernel.ts';
import { CannotRun } from './packages.ts';

/** What of the project runs in the guest. */
const SOURCES = ['main/authenticators', 'main/ctap', 'main/platform', 'main/webauthn', 'shared', 'tests/vm'];
/** What those import. */
const PACKAGES = ['@simplewebauthn/server', 'cborg', 'env-paths', 'node-hid', 'pino', 'uuid', 'zod'];
const NATIVE = 'node_modules/node-hid/prebuilds/HID_hidraw-linux-x64';

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/**
 * Writes the guest's root file system: busybox, this Node, the HID library with all it links, the part of the
 * project that is tested, and what that imports.
 * @param root the project
 */
export function writeGuest(path: string, { root, kernel }: { root: string; kernel: Kernel }): void {
  const archive = new Archive(path);
  for (const folder of ['dev', 'proc', 'sys', 'tmp', 'bin', 'etc']) archive.addFolder(folder);
  archive.addFile('init', join(root, 'tests/vm/init.sh'), 'program');
  archive.addFile('bin/busybox', '/bin/busybox', 'program');
  archive.addFile('bin/sh', '/bin/busybox', 'program');
  archive.addFile('bin/node', process.execPath, 'program');
  kernel.modules.forEach((module, index) => {
    archive.addFile(`modules/${index}.ko`, module);
  });
  const natives = readdirSync(join(root, NATIVE)).map((file) => join(root, NATIVE, file));
  for (const library of linked([process.execPath, ...natives])) {
    archive.addFile(library.slice(1), library, 'program');
  }
  archive.addFile('keywright/package.json', join(root, 'package.json'));
  for (const source of SOURCES) addTree(archive, root, source);
  for (const folder of closure(root, PACKAGES)) addTree(archive, root, folder);
  archive.close();
}

function addTree(archive: Archive, root: string, folder: string): void {
  for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file);
    const nested = path.slice(folder.length).includes('/node_modules/');
    const foreign = path.includes('/prebuilds/') && !path.startsWith(NATIVE);
    const source = /\.(d\.[cm]?ts|map|md|c|cc|h|cpp)$/.test(path) || /node-hid\/(hidapi|src)\//.test(path);
    if (!nested && !foreign && !source) archive.addFile(`keywright/${path}`, file);
  }
}

/** The folders of packages and of all that they depend on. */
function closure(root: string, names: readonly string[]): string[] {
  const folders = new Set<string>();
  const visit = (name: string, from: string): void => {
    const folder = find(root, name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies } = Manifest.parse(
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    );
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of names) visit(name, '');
  return [...folders];
}

/** Where Node finds a package from a folder: in the nearest node_modules that has it. */
function find(root: string, name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder === '.' ? '' : folder, 'node_modules', name);
    if (existsSync(join(root, place, 'package.json'))) return place;
    if (folder === '' || folder === '.') throw new CannotRun(`the package ${name} is not installed`);
  }
}

/** The shared libraries that programs need, by the paths under which they look for them. */
function linked(files: readonly string[]): string[] {
  const libraries = new Set<string>();
  for (const file of files) {
    const { stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
    if (stdout.includes('not found')) throw new CannotRun(`a library that ${file} needs is not installed`);
    for (const match of stdout.matchAll(/(\/\S+\.so\S*) \(0x/g)) if (match[1]) libraries.add(match[1]);
  }
  return [...libraries].filter((library) => realpathSync(library) !== '');
}
