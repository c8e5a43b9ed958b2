import { type Browser, chromium, type Page } from '@playwright/test';
import { PIN, seededFolder } from './data.ts';
import { LAUNCH_LINE, WEB_HOST } from './host.bench.ts';
import { median, type Result, result, startProgram, stopProgram } from './measure.ts';

const RUNS = 7;

async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const root = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: process.env.KEYWRIGHT_CHROMIUM ?? '/usr/bin/chromium',
    args: root ? ['--no-sandbox'] : [],
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

async function withHost<T>(folder: string, work: (launchUrl: string) => Promise<T>): Promise<T> {
  const { child, match } = await startProgram([WEB_HOST, '--no-open'], LAUNCH_LINE, {
    KEYWRIGHT_DATA: folder,
  });
  try {
    return await work(match[1] ?? '');
  } finally {
    await stopProgram(child);
  }
}

const firstPaint = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          const paint = list.getEntriesByName('first-contentful-paint')[0];
          if (paint !== undefined) resolve(paint.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );

/** Compressed bytes of everything the first screen loads, and the time to its first contentful paint. */
export async function firstLoad(): Promise<Result[]> {
  const { folder } = await seededFolder(1);
  return withHost(folder, (launchUrl) =>
    withBrowser(async (browser) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.goto(launchUrl);
      await page.getByRole('heading', { level: 1 }).waitFor();
      const { origin } = new URL(launchUrl);
      const paints: number[] = [];
      const blanks: number[] = [];
      let bytes = 0;
      for (let n = 0; n < RUNS; n += 1) {
        const fresh = await context.newPage();
        const session = await context.newCDPSession(fresh);
        await session.send('Network.enable');
        await session.send('Network.setCacheDisabled', { cacheDisabled: true });
        let loaded = 0;
        session.on('Network.loadingFinished', (event) => {
          loaded += event.encodedDataLength;
        });
        await fresh.goto(`${origin}/`);
        await fresh.getByRole('heading', { level: 1 }).waitFor();
        paints.push(await firstPaint(fresh));
        bytes = loaded;
        await fresh.close();
        const blank = await context.newPage();
        await blank.goto('data:text/html,<h1>Hello</h1>');
        blanks.push(await firstPaint(blank));
        await blank.close();
      }
      return [
        result('Renderer, first load, compressed', 'kB', bytes / 1000, 350, null),
        result('First contentful paint in Chromium', 'ms', median(paints), 1000, {
          name: 'a page with one heading, from a data: address',
          value: median(blanks),
        }),
      ];
    }),
  );
}

async function openList(count: number): Promise<number> {
  const { folder } = await seededFolder(count);
  return withHost(folder, (launchUrl) =>
    withBrowser(async (browser) => {
      const page = await browser.newPage();
      await page.goto(launchUrl);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByLabel('PIN', { exact: true }).fill(PIN);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Touch', exact: true }).click();
      await page.getByText('The real one').first().waitFor();
      const times: number[] = [];
      for (let n = 0; n < RUNS; n += 1) {
        await page.goto('about:blank');
        const start = performance.now();
        await page.goto(new URL(launchUrl).origin);
        await page.getByText('The real one').first().waitFor();
        times.push(performance.now() - start);
      }
      return median(times);
    }),
  );
}

/** The list in the window, from navigation to the first rows, with 10,000 credentials and with 100. */
export async function listInWindow(): Promise<Result> {
  const hundred = await openList(100);
  const tenThousand = await openList(10_000);
  const line = result('The list opens in the window with 10,000 credentials', 'ms', tenThousand, 1000, {
    name: 'the same with 100 credentials',
    value: hundred,
  });
  const ratio = tenThousand / hundred;
  return { ...line, target: 'at most 1.25 times the time with 100', holds: ratio <= 1.25 };
}
