import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hashInputs } from './inputs.ts';

const root = resolve(import.meta.dirname, '../..');
const stampFolder = join(root, 'dist', '.inputs');

/** One part of the program: what it is made from, how its result is known, and how it is made. */
type Part = { name: string; inputs: string[]; result: string; make: () => Promise<unknown> };

const COMMON = ['package-lock.json', 'tsconfig.json', 'shared', 'scripts/build'];

// Vite is loaded by the first part that is really made: an up-to-date start does without it.
const vite = async () => (await import('vite')).build;

const parts: Part[] = [
  {
    name: 'renderer',
    inputs: [...COMMON, 'renderer'],
    result: 'dist/renderer/index.html',
    make: async () => {
      const { default: config } = await import('./vite.renderer.ts');
      return (await vite())({ ...config, configFile: false, logLevel: 'warn' });
    },
  },
  {
    name: 'main',
    inputs: [...COMMON, 'main', 'package.json'],
    result: 'dist/main/web.js',
    make: async () => (await vite())((await import('./vite.main.ts')).mainConfig),
  },
  {
    name: 'preload',
    inputs: [...COMMON, 'preload'],
    result: 'dist/preload/web.js',
    make: async () => {
      const configs = await import('./vite.preload.ts');
      await (await vite())(configs.electronPreloadConfig);
      return (await vite())(configs.webPreloadConfig);
    },
  },
];

/**
 * Builds the program into `dist`.
 * @param options `all`: also what has not changed since it was built; `only`: names of parts, else every part
 * @returns names of the parts that were built
 */
export async function build(options: { all: boolean; only?: string[] }): Promise<string[]> {
  const { all, only = [] } = options;
  const unknown = only.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) throw new Error(`There is no part named ${unknown}.`);
  const built: string[] = [];
  for (const part of parts) {
    if (only.length > 0 && !only.includes(part.name)) continue;
    const hash = hashInputs(root, part.inputs);
    if (!all && isCurrent(part, hash)) continue;
    if (built.length === 0) console.error('Building Keywright.');
    await part.make();
    mkdirSync(stampFolder, { recursive: true });
    writeFileSync(join(stampFolder, part.name), hash);
    built.push(part.name);
  }
  return built;
}

function isCurrent(part: Part, hash: string): boolean {
  const stamp = join(stampFolder, part.name);
  return existsSync(join(root, part.result)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}
