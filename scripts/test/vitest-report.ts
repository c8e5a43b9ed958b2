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
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') outcome.passed += 1;
        else if (result.state === 'failed') failedTests += 1;
        else if (result.state === 'skipped') {
          const reason = result.note ?? (test.options.mode === 'todo' ? 'to be written' : 'no reason given');
          outcome.skipped.push({ name: `${file} > ${test.fullName}`, reason });
        } else failedTests += 1;
      }
      // An import that fails, or a hook around the file, is a failure of its own.
      outcome.failed += failedTests === 0 && module.state() === 'failed' ? 1 : failedTests;
    }
    const target = join(process.cwd(), 'test-results', 'vitest.json');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${JSON.stringify(outcome, null, 2)}\n`);
  }
}
