import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test as base } from '@playwright/test';
import { Person } from './person.ts';
import { type KeyOptions, SimulatedKey } from './simulated-key.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const BUILT_HOST = join(root, 'dist/main/web.js');
const CLOCK_HOST = join(root, 'tests/e2e/support/clock-host.ts');
const LAUNCH_LINE = /(http:\/\/localhost:\d+\/launch\?token=\S+)/;

/** A running Keywright in a process of its own, as `npm run start:web` starts it. */
export class App {
  readonly folder = mkdtempSync(join(tmpdir(), 'keywright-e2e-'));
  /** Simulated security keys that it knows of when it starts. */
  readonly keys: SimulatedKey[] = [];
  #child: ChildProcess | null = null;
  #port = 0;

  #environment(): NodeJS.ProcessEnv {
    const simulators = this.keys.map(({ addresses }) => addresses).join(';');
    return {
      ...process.env,
      KEYWRIGHT_DATA: this.folder,
      ...(simulators === '' ? {} : { KEYWRIGHT_CTAP_UDP: simulators }),
    };
  }

  /** Starts it and gives the launch link. `clock` starts the same host with a clock that a test can set. */
  async start(options: { clock?: boolean } = {}): Promise<string> {
    const script = options.clock ? CLOCK_HOST : BUILT_HOST;
    const args = options.clock ? [script] : [script, '--no-open', '--port', String(this.#port)];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: this.#environment(),
    });
    this.#child = child;
    if (child.stdout === null) throw new Error('no output to read');
    for await (const line of createInterface({ input: child.stdout })) {
      const url = LAUNCH_LINE.exec(line)?.[1];
      if (url === undefined) continue;
      this.#port = Number(new URL(url).port);
      return url;
    }
    throw new Error('Keywright ended before it was open');
  }

  /** Moves the clock of a host that was started with `clock`. */
  async advance(milliseconds: number): Promise<void> {
    const child = this.#child;
    if (child === null) throw new Error('not started');
    const done = new Promise((resolve) => child.once('message', resolve));
    child.send({ advance: milliseconds });
    await done;
  }

  /** Ends the process: with `SIGKILL` as a crash does. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  /** Starts another copy on the same folder and gives what it says before it ends. */
  async startSecondCopy(): Promise<{ text: string; code: number | null }> {
    const child = spawn(process.execPath, [BUILT_HOST, '--no-open'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#environment(),
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { text, code };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Gives the app a simulated security key; before the app starts. */
type AddKey = (options?: KeyOptions) => Promise<SimulatedKey>;

/** The tests of the window: `app` is a Keywright of the test's own, `person` sits in front of it. */
export const test = base.extend<{ app: App; person: Person; addKey: AddKey }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern.
  app: async ({}, use) => {
    const app = new App();
    await use(app);
    await app.stop();
    app.dispose();
  },
  addKey: async ({ app }, use) => {
    await use(async (options) => {
      const key = await SimulatedKey.start(options);
      app.keys.push(key);
      return key;
    });
    await Promise.all(app.keys.map((key) => key.stop()));
  },
  person: async ({ page, app }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('Failed to load resource')) {
        problems.push(message.text());
      }
    });
    await use(new Person(page, app));
    if (problems.length > 0) throw new Error(`The page complained: ${problems.join('\n')}`);
  },
});

export { expect } from '@playwright/test';
