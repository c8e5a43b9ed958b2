// Runs the tests: Vitest (unit, integration, peers), then Playwright (e2e). Words choose files by their path:
// `npm test -- unit`, `npm test -- web-host enrolment`.
import { countsLine, isGood, sum } from './test/outcome.ts';
import { findTests, runPlaywright, runVitest } from './test/run.ts';

const words = process.argv.slice(2);
const tests = findTests(words);
if (tests.vitest.length + tests.playwright.length === 0) {
  console.error(
    words.length === 0
      ? 'There are no tests.'
      : `No test file has one of these in its path: ${words.join(', ')}.`,
  );
}
const outcome = sum([await runVitest(tests.vitest), await runPlaywright(tests.playwright)]);
for (const { name, reason } of outcome.skipped) console.log(`Skipped: ${name} (${reason})`);
process.exitCode = isGood(outcome) ? 0 : 1;
console.log(countsLine(outcome));
