import { z } from 'zod';
import type { Outcome } from './outcome.ts';

const Annotations = z.array(z.object({ type: z.string(), description: z.string().optional() })).default([]);
const Test = z.object({
  status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']),
  annotations: Annotations,
});
type Suite = { title: string; specs: { title: string; tests: z.infer<typeof Test>[] }[]; suites: Suite[] };
const Suite: z.ZodType<Suite> = z.object({
  title: z.string(),
  specs: z.array(z.object({ title: z.string(), tests: z.array(Test) })),
  get suites() {
    return z.array(Suite).default([]);
  },
});
const Report = z.object({ suites: z.array(Suite), errors: z.array(z.unknown()).default([]) });

/**
 * Reads Playwright's JSON report. A test that passed only at a second try counts as failed.
 * @throws ZodError where the text is no such report
 */
export function readPlaywrightReport(text: string): Outcome {
  const report = Report.parse(JSON.parse(text));
  const outcome: Outcome = { passed: 0, failed: report.errors.length, skipped: [] };
  for (const suite of report.suites) addSuite(outcome, suite, []);
  return outcome;
}

function addSuite(outcome: Outcome, suite: Suite, above: readonly string[]): void {
  const path = [...above, suite.title];
  for (const spec of suite.specs) {
    for (const { status, annotations } of spec.tests) {
      if (status === 'expected') outcome.passed += 1;
      else if (status === 'skipped') {
        const note = annotations.find(({ type }) => type === 'skip' || type === 'fixme');
        const name = [...path, spec.title].join(' > ');
        outcome.skipped.push({ name, reason: note?.description ?? 'no reason given' });
      } else outcome.failed += 1;
    }
  }
  for (const child of suite.suites) addSuite(outcome, child, path);
}
