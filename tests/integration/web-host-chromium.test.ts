import { existsSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { WebHost } from '../../main/hosts/web/index.ts';
import { launchFileIn } from '../../main/hosts/web/launch-file.ts';
import { webPreloadConfig } from '../../scripts/build/vite.preload.ts';
import { findChromium } from '../../scripts/setup/system-packages.mjs';
import { tempFolder } from '../support/temp.ts';
import { handedOver, knock, openHost, send } from './web-host-browser.ts';

const executablePath = findChromium(process.env, process.platform, existsSync);
const status = JSON.stringify({ procedure: 'app.status', input: {} });
const KEY = 'x-keywright-key';

describe('in a real browser', () => {
  let browser: Awaited<ReturnType<typeof chromium.launch>> | undefined;
  beforeEach((context) => {
    context.skip(executablePath === undefined, 'no Chromium was found');
  });
  beforeAll(async () => {
    if (executablePath === undefined) return;
    // Chromium refuses to start for root with its sandbox.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());

  /** A host with the real preload script, and a browser that has never seen it. */
  async function open(): Promise<{ host: WebHost; port: number; context: BrowserContext; page: Page }> {
    const outDir = tempFolder();
    await build({ ...webPreloadConfig, build: { ...webPreloadConfig.build, outDir } });
    const { host, port } = await openHost({ preloadFile: join(outDir, 'web.js') });
    if (browser === undefined) throw new Error('no browser');
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    return { host, port, context, page: await context.newPage() };
  }

  async function launch(page: Page, host: WebHost, url = host.url()): Promise<void> {
    await page.goto(url);
    await page.waitForURL(`${host.origin}/`);
  }

  /** The code of an error, or `ok`. */
  const call = (page: Page): Promise<string> =>
    page.evaluate(async () => {
      const reply = await window.keywright?.call('app.status', {});
      return reply === undefined ? 'no bridge' : reply.ok ? 'ok' : reply.error.code;
    });

  const storedKey = (page: Page): Promise<string | null> =>
    page.evaluate((name) => localStorage.getItem(name), KEY);

  /** A program of somebody else on another port; it keeps the headers of every visit. */
  async function otherProgram(): Promise<{ url: string; visits: IncomingHttpHeaders[] }> {
    const visits: IncomingHttpHeaders[] = [];
    const server = createServer((request, response) => {
      visits.push(request.headers);
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>Another program</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `http://localhost:${address.port}/`, visits };
  }

  it('the launch link opens the app, and a reload and further tabs go on', async () => {
    const { host, context, page } = await open();
    const complaints: string[] = [];
    context.on('console', (message) => complaints.push(message.text()));
    context.on('weberror', (error) => complaints.push(error.error().message));
    const opened = page.waitForEvent('websocket');
    await launch(page, host);
    expect(await call(page)).toBe('ok');
    expect(await storedKey(page)).toMatch(/^[\w-]{43}$/);
    expect((await opened).url()).toBe(`${host.origin.replace('http', 'ws')}/api/events`);
    await page.reload();
    expect(await call(page)).toBe('ok');
    const second = await context.newPage();
    await second.goto(host.origin);
    expect(await call(second)).toBe('ok');
    const third = second.waitForEvent('popup');
    await second.evaluate(() => void window.open(location.href));
    const popup = await third;
    // It is told of before it has loaded.
    await popup.waitForURL(`${host.origin}/`);
    expect(await call(popup)).toBe('ok');
    expect(complaints).toEqual([]);
  });

  it('events reach the page', async () => {
    const { host, page } = await open();
    await launch(page, host);
    const phase = await page.evaluate(async () => {
      const { keywright } = window;
      if (keywright === undefined) return 'no bridge';
      const first = { kind: 'software', name: 'First key', person: 'Sample Person', workspace: 'W' } as const;
      const begun = await keywright.call('enrol.begin', first);
      if (!begun.ok) return begun.error.code;
      const operationId = crypto.randomUUID();
      return new Promise((resolve) => {
        keywright.on('operation.status', (payload) => {
          resolve(payload.phase);
          void keywright.call('operations.cancel', { operationId });
        });
        void keywright.call('enrol.register', { operationId, enrolmentId: begun.value.id });
      });
    });
    expect(phase).toBe('connecting');
  });

  it('the page for a browser that is not known asks for nothing more, not even an icon', async () => {
    const { host, page } = await open();
    const asked: string[] = [];
    page.on('console', (message) => asked.push(message.location().url));
    await page.goto(host.origin);
    await page.getByText('Keywright does not know this browser').waitFor();
    await page.reload();
    // Chromium complains about the answer itself, 401, once a visit.
    expect(asked).toEqual([`${host.origin}/`, `${host.origin}/`]);
  });

  it('neither the token nor the key is left in the history or an address', async () => {
    const { host, context, page } = await open();
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url(), request.headers().referer ?? ''));
    await launch(page, host);
    await page.evaluate(() => void location.assign('/?next'));
    await page.waitForURL('**/?next');
    const session = await context.newCDPSession(page);
    const { entries } = await session.send('Page.getNavigationHistory');
    expect(entries.map(({ url }) => url)).toEqual(['about:blank', `${host.origin}/`, `${host.origin}/?next`]);
    const key = await storedKey(page);
    expect(key).not.toBeNull();
    expect(urls.filter((url) => url.includes(key ?? '') || /token/.test(url))).toHaveLength(1);
  });

  it('a program on another port gets the cookie, and can do nothing with it', async () => {
    const { host, port, page } = await open();
    const { url, visits } = await otherProgram();
    await launch(page, host);
    const key = await storedKey(page);
    await page.evaluate((address) => {
      const link = document.createElement('a');
      link.href = address;
      document.body.append(link);
      link.click();
    }, url);
    await page.waitForURL(url);
    const visit = visits[0] ?? {};
    const cookie = visit.cookie ?? '';
    // This is the browser's doing (RFC 6265 §8.5), and the reason for the key.
    expect(cookie).toMatch(new RegExp(`^keywright_${port}=[\\w-]{43}$`));
    expect(JSON.stringify(visit)).not.toContain(key);
    expect(await storedKey(page)).toBeNull();

    const forged = { cookie, origin: host.origin, 'sec-fetch-site': 'same-origin' };
    const post = (headers: Record<string, string>) =>
      send(port, {
        method: 'POST',
        path: '/api/call',
        headers: { ...forged, 'content-type': 'application/json', ...headers },
        body: status,
      });
    const replayed = await post({});
    expect(replayed.status).toBe(401);
    expect(JSON.parse(replayed.text).error.code).toBe('host.forbidden');
    expect(await knock(port, forged)).toBe(401);
    expect(await knock(port, forged, { key: 'A'.repeat(43) })).toBe(401);
    const again = await send(port, { path: '/launch', headers: { cookie } });
    expect([again.status, handedOver(again.text)]).toEqual([200, '']);
    // The cookie is a good one: only the key was missing.
    expect((await post({ [KEY]: key ?? '' })).status).toBe(200);
  });

  it('the launch file leads from the disk into the app, and is gone', async () => {
    const { host, page } = await open();
    const file = launchFileIn(tempFolder());
    file.write(host.url(file.remove));
    await page.goto(pathToFileURL(file.path).href);
    await page.waitForURL(`${host.origin}/`);
    expect(await call(page)).toBe('ok');
    expect(await page.evaluate(() => document.referrer)).not.toContain('file:');
    expect(existsSync(file.path)).toBe(false);
  });

  it('a page without the key, or with an old one, is refused until a new link is opened', async () => {
    const { host, context, page } = await open();
    await launch(page, host);
    await page.evaluate(() => localStorage.clear());
    await page.reload();
    expect(await call(page)).toBe('host.forbidden');
    await page.evaluate((name) => localStorage.setItem(name, 'A'.repeat(43)), KEY);
    expect(await call(page)).toBe('host.forbidden');
    expect(await storedKey(page)).toBeNull();
    await launch(await context.newPage(), host);
    expect(await call(page)).toBe('ok');
  });

  it('a browser that is closed and restored with its cookie and storage goes on', async () => {
    const { host, context, page } = await open();
    await launch(page, host);
    const storageState = await context.storageState();
    await context.close();
    const restored = await browser?.newContext({ storageState });
    if (restored === undefined) throw new Error('no browser');
    onTestFinished(() => restored.close());
    const tab = await restored.newPage();
    await tab.goto(host.origin);
    expect(await call(tab)).toBe('ok');
  });
});
