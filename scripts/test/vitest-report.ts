import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Outcome } from './outcome.ts';

/**
 * Writes the outcome to `test-results/vitest.json`. Vitest's own JSON leaves out why a test was skipped, and
 * files that failed before their first test.
 */
export default class VitestReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const outcome: Outcome = { passed: 0, failed: unhandled.length, skipped: [] };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      let failed = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') outcome.passed += 1;
        else if (result.state === 'skipped') {
          const reason = result.note ?? (test.options.mode === 'todo' ? 'to be written' : 'no reason given');
          outcome.skipped.push({ name: `${file} > ${test.fullName}`, reason });
        } else failed += 1;
      }
      // A hook that fails keeps its tests from running: they count as skipped, the hook as failed.
      failed += [...module.children.allSuites()].filter((suite) => suite.errors().length > 0).length;
      // So does an import that fails, which leaves no test at all.
      outcome.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
    }
    const target = join(process.cwd(), 'test-results', 'vitest.json');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(outcome, null, 2)}\n`);
  }
}
