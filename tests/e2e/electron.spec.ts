import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  test as base,
  type ElectronApplication,
  _electron as electron,
  expect,
  type Page,
} from '@playwright/test';
import { electronBinary } from '../../scripts/setup/runtime.mjs';
import { whyNoWindow } from '../../scripts/start/open-window.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = electronBinary(root, process.env, process.platform);
const noDisplay = whyNoWindow(process.env, process.platform);

base.skip(program === undefined, 'there is no Electron runtime on this machine');
base.skip(noDisplay !== undefined, noDisplay ?? '');

/** Keywright in its own window, with a data folder of the test's own. */
const test = base.extend<{ folder: string; app: ElectronApplication; page: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern.
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'keywright-window-'));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  app: async ({ folder }, use) => {
    const app = await electron.launch(launchOptions(folder));
    await use(app);
    await app.close();
  },
  page: async ({ app }, use) => {
    await use(await app.firstWindow());
  },
});

function launchOptions(folder: string) {
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  return {
    ...(program === undefined ? {} : { executablePath: program }),
    args: [...(asRoot ? ['--no-sandbox'] : []), root],
    env: { ...(process.env as Record<string, string>), KEYWRIGHT_DATA: folder },
  };
}

test('the window opens on its own origin and shows the first screen', async ({ page }) => {
  expect(page.url()).toBe('https://localhost/');
  await expect(page.locator('#root')).not.toBeEmpty();
  expect(await page.title()).toContain('Keywright');
});

test('the page reaches the core by call and on, and nothing else of the computer', async ({
  page,
  folder,
}) => {
  const seen = await page.evaluate(async () => ({
    bridge: Object.keys(window.keywright ?? {}).sort(),
    status: await window.keywright?.call('app.status', {}),
    node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
  }));
  expect(seen.bridge).toEqual(['call', 'on']);
  expect(seen.status).toMatchObject({ ok: true, value: { host: 'electron', dataFolder: folder } });
  expect(seen.node).toEqual([]);
});

test('a message that is too large or no call at all is refused', async ({ page }) => {
  const codes = await page.evaluate(async () => {
    const call = window.keywright?.call as unknown as (name: unknown, input: unknown) => Promise<unknown>;
    return [
      await call('app.status', { filler: 'x'.repeat(1024 * 1024) }),
      await call(7, {}),
      await call('credentials.steal', {}),
    ];
  });
  expect(codes).toMatchObject([
    { error: { code: 'input.too_large' } },
    { error: { code: 'input.invalid' } },
    { error: { code: 'input.unknown_procedure' } },
  ]);
});

test('the window stays where it is', async ({ app, page }) => {
  const opened = await page.evaluate(() => {
    const other = window.open('https://example.org/');
    location.href = 'https://example.org/';
    return other === null;
  });
  expect(opened).toBe(true);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  expect(page.url()).toBe('https://localhost/');
  expect(app.windows()).toHaveLength(1);
});

test('nothing is loaded from anywhere else', async ({ app, page }) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  // From outside the page, where no content security policy would stop it.
  const outcome = await app.evaluate(
    async ({ session }, url) =>
      session
        .fromPartition('persist:keywright')
        .fetch(url)
        .then(
          () => 'loaded',
          () => 'refused',
        ),
    `http://127.0.0.1:${port}/`,
  );
  server.close();
  expect(outcome).toBe('refused');
  expect(asked).toEqual([]);
  const status = await page.evaluate(async () => (await fetch('/../package.json')).status);
  expect(status).toBe(404);
});

test('the page runs in a sandbox without Node', async ({ app, page }) => {
  await page.waitForLoadState();
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    return (contents as unknown as { getLastWebPreferences(): object }).getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
});

test('a second start gives way to the window that is open', async ({ app, folder, page }) => {
  await page.waitForLoadState();
  const second = await electron.launch(launchOptions(folder)).catch(() => null);
  if (second !== null) await second.waitForEvent('close');
  expect(app.windows()).toHaveLength(1);
  expect(app.process().exitCode).toBeNull();
});
