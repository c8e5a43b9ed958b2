import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import type { InlineConfig } from 'vite';

const fromHere = (path: string) => resolve(import.meta.dirname, path);

/**
 * Packages that stay packages: native modules, Electron, which is the runtime itself, and the WebAuthn library,
 * whose parts must load in an order (a reflection polyfill first) that a bundle does not keep.
 */
const EXTERNAL = ['better-sqlite3', 'node-hid', 'electron', '@simplewebauthn/server'];

/** `ws` asks for these by itself and works without them. */
const ABSENT = ['bufferutil', 'utf-8-validate'];

const entries: Readonly<Record<string, string>> = {
  electron: fromHere('../../main/hosts/electron/main.ts'),
  web: fromHere('../../main/hosts/web/main.ts'),
  cli: fromHere('../../main/hosts/cli/main.ts'),
};

/**
 * The hosts with the core, one entry each, for Node 22 and newer and for Electron. Dynamic imports become files
 * of their own, so that a start loads only what it needs.
 */
export const mainConfig: InlineConfig = {
  configFile: false,
  root: fromHere('../../'),
  publicDir: false,
  logLevel: 'warn',
  ssr: { noExternal: true, external: EXTERNAL, target: 'node' },
  build: {
    ssr: true,
    outDir: fromHere('../../dist/main/'),
    emptyOutDir: true,
    target: 'node22',
    minify: false,
    sourcemap: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
      external: [...EXTERNAL, ...ABSENT, /^@simplewebauthn\/server\//, ...builtinModules, /^node:/],
      platform: 'node',
      output: {
        format: 'esm',
        entryFileNames: '[name].js',
        chunkFileNames: 'parts/[name]-[hash].js',
      },
    },
  },
};
