import { describe, expect, it } from 'vitest';
import { countsLine, isGood, NOTHING, sum } from '../../scripts/test/outcome.ts';
import { readPlaywrightReport } from '../../scripts/test/playwright-report.ts';

const test = (status: string, annotations: object[] = []) => ({ status, annotations });
const report = (suites: object[], errors: object[] = []) => JSON.stringify({ suites, errors, config: {} });

describe('the counts of a test run', () => {
  it('add up, and end in one line', () => {
    const outcome = sum([
      { passed: 2, failed: 0, skipped: [{ name: 'a', reason: 'b' }] },
      { passed: 3, failed: 1, skipped: [] },
    ]);
    expect(countsLine(outcome)).toBe('5 passed, 1 failed, 1 skipped');
  });

  it('are good only where something ran and nothing failed', () => {
    expect(isGood({ ...NOTHING, passed: 1 })).toBe(true);
    expect(isGood({ ...NOTHING, passed: 1, failed: 1 })).toBe(false);
    expect(isGood(NOTHING)).toBe(false);
  });

  it('come from all levels of a Playwright report, with the reason of each skip', () => {
    const inner = {
      title: 'group',
      specs: [
        { title: 'one', tests: [test('expected')] },
        { title: 'two', tests: [test('skipped', [{ type: 'skip', description: 'no runtime' }])] },
        { title: 'three', tests: [test('skipped')] },
      ],
    };
    const outer = {
      title: 'a.spec.ts',
      specs: [{ title: 'four', tests: [test('unexpected')] }],
      suites: [inner],
    };
    expect(readPlaywrightReport(report([outer]))).toEqual({
      passed: 1,
      failed: 1,
      skipped: [
        { name: 'a.spec.ts > group > two', reason: 'no runtime' },
        { name: 'a.spec.ts > group > three', reason: 'no reason given' },
      ],
    });
  });

  it('take a second try and an error outside a test for failures', () => {
    const flaky = { title: 'a.spec.ts', specs: [{ title: 'one', tests: [test('flaky')] }] };
    expect(readPlaywrightReport(report([flaky]))).toMatchObject({ passed: 0, failed: 1 });
    expect(readPlaywrightReport(report([], [{ message: 'no tests found' }]))).toMatchObject({ failed: 1 });
  });

  it('are not made up where there is no report', () => {
    expect(() => readPlaywrightReport('{}')).toThrow();
    expect(() => readPlaywrightReport('')).toThrow();
  });
});
