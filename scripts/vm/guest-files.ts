import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { Archive } from './archive.ts';
import type { Kernel } from './kernel.ts';
import { CannotRun } from './packages.ts';

/** What of the project runs in the guest. */
const SOURCES = ['main', 'shared', 'tests/support/keys', 'tests/vm'];
/** What those import besides what the application depends on. */
const FOR_TESTS = ['@peculiar/x509'];
/** Where the guest looks for native code; there is more of it in these packages, for other systems. */
const NATIVE = [
  'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  'node_modules/node-hid/prebuilds/HID_hidraw-linux-x64/node-napi-v4.node',
];
/** What packages bring along that is not run. */
const NOT_RUN = [
  /^node_modules\/.*\.([cm]?ts|map|md|c|cc|h|cpp)$/,
  /^node_modules\/(node-hid\/(hidapi|src)|better-sqlite3\/(build|deps|src))\//,
];

const Manifest = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });

/**
 * Writes the guest's root file system: busybox, this Node, native libraries with all they link, the part of the
 * project that is tested, and what that imports.
 * @param root the project
 * @throws CannotRun where a library of the system is missing
 */
export function writeGuest(path: string, { root, kernel }: { root: string; kernel: Kernel }): void {
  const archive = new Archive(path);
  for (const folder of ['dev', 'proc', 'sys', 'tmp', 'bin', 'etc']) archive.addFolder(folder);
  const add = (place: string, from: string): void => archive.addFile(place, readFileSync(from), 'program');
  add('init', join(root, 'tests/vm/init.sh'));
  add('bin/busybox', '/bin/busybox');
  add('bin/sh', '/bin/busybox');
  add('bin/node', process.execPath);
  kernel.modules.forEach((module, index) => {
    add(`modules/${index}.ko`, module);
  });
  add('keywright/package.json', join(root, 'package.json'));
  for (const source of SOURCES) addTree(archive, root, source);
  const packages = [...dependenciesOf(root), ...FOR_TESTS];
  for (const folder of closure(root, packages)) addTree(archive, root, folder);
  for (const library of linked([process.execPath, ...NATIVE.map((file) => join(root, file))])) {
    add(library.slice(1), library);
  }
  archive.close();
}

function filesOf(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function addTree(archive: Archive, root: string, folder: string): void {
  for (const path of filesOf(root, folder)) {
    // Packages inside of packages are visited by themselves.
    const nested = path.slice(folder.length).includes('/node_modules/');
    const foreign = path.includes('/prebuilds/') && !NATIVE.includes(path);
    if (nested || foreign || NOT_RUN.some((pattern) => pattern.test(path))) continue;
    archive.addFile(`keywright/${path}`, content(join(root, path)));
  }
}

/** TypeScript goes in as JavaScript: an emulated processor would take seconds for it in every program. */
function content(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.ts') ? Buffer.from(stripTypeScriptTypes(bytes.toString('utf8'))) : bytes;
}

/** The folders of packages and of all that they depend on. */
function closure(root: string, names: readonly string[]): string[] {
  const folders = new Set<string>();
  const visit = (name: string, from: string): void => {
    const folder = find(root, name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    for (const dependency of dependenciesOf(join(root, folder))) visit(dependency, folder);
  };
  for (const name of names) visit(name, '');
  return [...folders];
}

function dependenciesOf(folder: string): string[] {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.keys(Manifest.parse(manifest).dependencies);
}

/** Where Node finds a package from a folder: in the nearest node_modules that has it. */
function find(root: string, name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder === '.' ? '' : folder, 'node_modules', name);
    if (existsSync(join(root, place, 'package.json'))) return place;
    if (folder === '' || folder === '.') throw new Error(`The package ${name} is not installed.`);
  }
}

/** The shared libraries that programs need, by the paths under which they look for them. */
function linked(files: readonly string[]): string[] {
  const libraries = new Set<string>();
  for (const file of files) {
    const { stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
    const missing = /(\S+) => not found/.exec(stdout)?.[1];
    if (missing !== undefined) throw new CannotRun(`the system's library ${missing} is not installed`);
    for (const match of stdout.matchAll(/(\/\S+\.so\S*) \(0x/g)) if (match[1]) libraries.add(match[1]);
  }
  return [...libraries];
}
