// Builds into dist: `node scripts/build.mjs [--if-needed] [renderer] [main] [preload]`. Without names, every
// part; with --if-needed only what has changed.
import { parseArgs } from 'node:util';
import { build } from './build/build.ts';

const { values, positionals } = parseArgs({
  options: { 'if-needed': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const started = performance.now();
const built = await build({ all: !values['if-needed'], only: positionals });
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.error(
  built.length === 0 ? 'Everything is up to date.' : `Built ${built.join(', ')} in ${seconds} s.`,
);
