/** What a test run came to. */
export type Outcome = {
  passed: number;
  failed: number;
  /** Tests that did not run, each with its reason. */
  skipped: { name: string; reason: string }[];
};

export const NOTHING: Outcome = { passed: 0, failed: 0, skipped: [] };

/** Adds outcomes up. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((total, outcome) => total + outcome.passed, 0),
    failed: outcomes.reduce((total, outcome) => total + outcome.failed, 0),
    skipped: outcomes.flatMap((outcome) => outcome.skipped),
  };
}

/** The line that ends every run. */
export function countsLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

/** A run is good when nothing failed and something ran. */
export function isGood({ passed, failed }: Outcome): boolean {
  return failed === 0 && passed > 0;
}
