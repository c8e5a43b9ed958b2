import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, hostname, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { firstLoad, listInWindow } from './browser.bench.ts';
import { listInStore, signedAction } from './core.bench.ts';
import { ctapOverheads } from './ctap.bench.ts';
import { idleMemory, startUp } from './host.bench.ts';
import type { Result } from './measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const results: Result[] = [];
const add = (...lines: Result[]) => {
  results.push(...lines);
  for (const line of lines) {
    const peer =
      line.peer === null ? '' : `; ${line.peer}: ${line.peerValue} ${line.unit}, ratio ${line.ratio}`;
    console.log(
      `${line.holds ? 'holds' : 'FAILS'}  ${line.name}: ${line.ours} ${line.unit} (${line.target})${peer}`,
    );
  }
};

add(await startUp());
add(await idleMemory());
add(await signedAction(await ctapOverheads(add)));
add(await listInStore());
add(...(await firstLoad()));
add(await listInWindow());

mkdirSync(`${root}/bench`, { recursive: true });
const processors = `${cpus().length} × ${cpus()[0]?.model.trim()}`;
const machine = `${hostname()}: ${processors}, ${platform()} ${release()} ${arch()}, Node ${process.versions.node}`;
const named = results.map((line) => ({ ...line, machine }));
writeFileSync(`${root}/bench/results.json`, `${JSON.stringify(named, null, 2)}\n`);

const table = [
  '| what | ours | target | compared with | ratio |',
  '| --- | --- | --- | --- | --- |',
  ...results.map((line) => {
    const peer = line.peer === null ? '–' : `${line.peer}: ${line.peerValue} ${line.unit}`;
    return `| ${line.name} | ${line.ours} ${line.unit} | ${line.target}${line.holds ? '' : ' (missed)'} | ${peer} | ${line.ratio ?? '–'} |`;
  }),
].join('\n');
const readme = readFileSync(`${root}/README.md`, 'utf8');
const marked = /(<!-- bench:start -->\n)[\s\S]*?(<!-- bench:end -->)/;
if (!marked.test(readme)) throw new Error('README.md has no place for the table');
writeFileSync(`${root}/README.md`, readme.replace(marked, `$1${table}\n$2`));
