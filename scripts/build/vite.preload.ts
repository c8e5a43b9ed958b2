import { resolve } from 'node:path';
import type { InlineConfig } from 'vite';

const fromHere = (path: string) => resolve(import.meta.dirname, path);

function preloadConfig(entry: string, output: { file: string; format: 'cjs' | 'iife' }): InlineConfig {
  return {
    configFile: false,
    root: fromHere('../../'),
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir: fromHere('../../dist/preload/'),
      // The other preload script lives in the same folder.
      emptyOutDir: false,
      target: ['chrome125', 'firefox128', 'safari17.5'],
      minify: false,
      sourcemap: false,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: fromHere(entry),
        external: ['electron'],
        output: { format: output.format, entryFileNames: output.file, codeSplitting: false },
      },
    },
  };
}

/** The window's preload script: one CommonJS file, as a sandboxed preload may only require 'electron'. */
export const electronPreloadConfig = preloadConfig('../../preload/electron.ts', {
  file: 'electron.cjs',
  format: 'cjs',
});

/** The browser's preload script: a classic script, because it must run before the page's modules. */
export const webPreloadConfig = preloadConfig('../../preload/web.ts', { file: 'web.js', format: 'iife' });
