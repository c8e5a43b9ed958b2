import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, type Result, residentMegabytes, result, startProgram, stopProgram } from './measure.ts';

export const WEB_HOST = fileURLToPath(new URL('../../dist/main/web.js', import.meta.url));
export const LAUNCH_LINE = /(http:\/\/localhost:\d+\/launch\?token=\S+)/;
const BARE = `require('http').createServer((q, s) => s.end('{}')).listen(0, '127.0.0.1', function () {
  console.log('http://localhost:' + this.address().port + '/'); })`;

/** Exchanges the launch link for the cookie and the key, as a browser does. */
export async function enter(launchUrl: string): Promise<{ origin: string; cookie: string; key: string }> {
  const { origin } = new URL(launchUrl);
  const launched = await fetch(launchUrl, { redirect: 'manual' });
  const cookie = launched.headers.get('set-cookie')?.split(';')[0] ?? '';
  const key = /<meta name="x-keywright-key" content="([\w-]+)">/.exec(await launched.text())?.[1] ?? '';
  return { origin, cookie, key };
}

async function firstAnswer(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
  const { child, match, startedAt } = await startProgram([WEB_HOST, '--no-open'], LAUNCH_LINE, {
    KEYWRIGHT_DATA: folder,
  });
  const { origin, cookie, key } = await enter(match[1] ?? '');
  const reply = await fetch(`${origin}/api/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie, origin, 'x-keywright-key': key },
    body: JSON.stringify({ procedure: 'app.status', input: {} }),
  });
  const body = await reply.json();
  const time = performance.now() - startedAt;
  await stopProgram(child);
  if (!(body as { ok?: boolean }).ok) throw new Error(`app.status failed: ${JSON.stringify(body)}`);
  return time;
}

async function bareAnswer(): Promise<number> {
  const { child, match, startedAt } = await startProgram(['-e', BARE], /(http\S+)/);
  await (await fetch(match[1] ?? '')).text();
  const time = performance.now() - startedAt;
  await stopProgram(child);
  return time;
}

/** Web host, from process start to the first answered procedure, on a new data folder. */
export async function startUp(): Promise<Result> {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let n = 0; n < 15; n += 1) {
    ours.push(await firstAnswer());
    bare.push(await bareAnswer());
  }
  return result('Web host: process start to first answered procedure', 'ms', median(ours), 400, {
    name: 'a bare Node HTTP server, start to first answer',
    value: median(bare),
  });
}

/** Resident memory of the main process three seconds after the first answer. */
export async function idleMemory(): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-bench-'));
  const { child, match } = await startProgram([WEB_HOST, '--no-open'], LAUNCH_LINE, {
    KEYWRIGHT_DATA: folder,
  });
  const { origin, cookie } = await enter(match[1] ?? '');
  const page = await fetch(origin, { headers: { cookie } });
  if (!page.ok) throw new Error(`the page was not served: ${page.status}`);
  const bare = await startProgram(['-e', BARE], /(http\S+)/);
  await (await fetch(bare.match[1] ?? '')).text();
  await wait(3000);
  const ours = residentMegabytes(child.pid);
  const peer = residentMegabytes(bare.child.pid);
  await stopProgram(child);
  await stopProgram(bare.child);
  return result('Main process (web host), idle, resident', 'MB', ours, 150, {
    name: 'a bare Node HTTP server, idle',
    value: peer,
  });
}
