// Runs in the guest: carries out the tests and tells the host on the console, one line of JSON for each.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';

const words = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort()
  .map((name) => join(import.meta.dirname, name));

function tell(line: Record<string, unknown>): void {
  process.stdout.write(`\n@vm ${JSON.stringify(line)}\n`);
}

/** Counts that the runner adds at the end; the host counts for itself. */
const COUNT = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

for await (const { type, data } of run({ files, isolation: 'none' })) {
  if (type === 'test:pass') {
    const reason = data.skip ?? data.todo;
    if (reason === undefined) tell({ type: 'pass', name: data.name, ms: data.details.duration_ms });
    else tell({ type: 'skip', name: data.name, reason: `${reason}` });
  }
  if (type === 'test:diagnostic' && !COUNT.test(data.message)) tell({ type: 'note', text: data.message });
  if (type === 'test:fail') {
    const { error } = data.details;
    const cause = error.cause instanceof Error ? error.cause : error;
    tell({ type: 'fail', name: data.name, error: `${cause.stack ?? cause.message}` });
  }
}
tell({ type: 'end' });
process.exit();
