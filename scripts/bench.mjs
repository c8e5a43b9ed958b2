// Measures the built program, and writes what it measured to bench/results.json and README.md.
import { build } from './build/build.ts';

await build({ all: false });
await import('../tests/bench/run.ts');
