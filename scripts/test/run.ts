import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { build } from '../build/build.ts';
import { electronBinary } from '../setup/runtime.mjs';
import { NOTHING, type Outcome } from './outcome.ts';
import { readPlaywrightReport } from './playwright-report.ts';

const root = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

const VitestOutcome = z.object({
  passed: z.int(),
  failed: z.int(),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
});

/**
 * Finds the test files whose path holds one of the words; all of them where there is no word.
 * @returns paths relative to the project, with slashes
 */
export function findTests(words: readonly string[]): { vitest: string[]; playwright: string[] } {
  const files = readdirSync(join(root, 'tests'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
  return {
    vitest: files.filter((file) => /^tests\/(unit|integration|peers)\/.*\.test\.tsx?$/.test(file)),
    playwright: files.filter((file) => /^tests\/e2e\/.*\.spec\.ts$/.test(file)),
  };
}

/** Runs these files with Vitest. */
export async function runVitest(files: readonly string[]): Promise<Outcome> {
  if (files.length === 0) return NOTHING;
  const report = join(root, 'test-results', 'vitest.json');
  rmSync(report, { force: true });
  const code = await run(program('vitest'), [
    'run',
    '--config',
    'tests/vitest.config.ts',
    '--reporter=default',
    '--reporter=./scripts/test/vitest-report.ts',
    ...files,
  ]);
  return settle('Vitest', code, report, (text) => VitestOutcome.parse(JSON.parse(text)));
}

/** Builds, then runs these files with Playwright. */
export async function runPlaywright(files: readonly string[]): Promise<Outcome> {
  if (files.length === 0) return NOTHING;
  await build({ all: false });
  const report = join(root, 'test-results', 'playwright.json');
  rmSync(report, { force: true });
  const args = [
    program('playwright'),
    'test',
    '--config',
    'tests/playwright.config.ts',
    '--reporter=list,json',
  ];
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report };
  const code = needsDisplay()
    ? await runProgram('xvfb-run', ['-a', process.execPath, ...args, ...files], env)
    : await runProgram(process.execPath, [...args, ...files], env);
  return settle('Playwright', code, report, readPlaywrightReport);
}

/** Only Electron's own window needs a display; it gets one that nobody sees. */
function needsDisplay(): boolean {
  return (
    process.platform === 'linux' &&
    !process.env.DISPLAY &&
    existsSync('/usr/bin/xvfb-run') &&
    electronBinary(root, process.env, process.platform) !== undefined
  );
}

/** Takes the counts from the report, and makes sure that an exit code never disagrees with them unseen. */
function settle(name: string, code: number, report: string, read: (text: string) => Outcome): Outcome {
  if (!existsSync(report)) {
    console.error(`${name} ended with code ${code} and left no report.`);
    return { ...NOTHING, failed: 1 };
  }
  const outcome = read(readFileSync(report, 'utf8'));
  if (code === 0 || outcome.failed > 0) return outcome;
  console.error(`${name} counted no failure but ended with code ${code}.`);
  return { ...outcome, failed: 1 };
}

function program(name: 'vitest' | 'playwright'): string {
  const path = { vitest: ['vitest', 'vitest.mjs'], playwright: ['@playwright/test', 'cli.js'] } as const;
  const [packageName, file] = path[name];
  return join(dirname(require.resolve(`${packageName}/package.json`)), file);
}

function run(script: string, args: readonly string[]): Promise<number> {
  return runProgram(process.execPath, [script, ...args], process.env);
}

function runProgram(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', env });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
