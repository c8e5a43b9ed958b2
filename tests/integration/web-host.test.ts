import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MESSAGE_LIMIT } from '../../shared/contract/index.ts';
import { refused, TestClock } from '../support/core.ts';
import {
  answerTo,
  Browser,
  handedOver,
  launched,
  openHost,
  SCRIPT,
  send,
  start,
} from './web-host-browser.ts';

const TEN_MINUTES = 10 * 60 * 1000;
const status = JSON.stringify({ procedure: 'app.status', input: {} });

describe('the launch link', () => {
  it('admits one browser with a cookie that scripts and other sites never get', async () => {
    const { host, port } = await openHost();
    const browser = new Browser(host);
    const answer = await browser.launch(host.url());
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<script src="/preload.js"></script>');
    expect(answer.text).toContain('<link rel="icon" href="data:,">');
    const [cookie, ...others] = answer.headers['set-cookie'] ?? [];
    expect(others).toEqual([]);
    expect(cookie).toMatch(new RegExp(`^keywright_${port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict$`));
    expect((await browser.get('/')).status).toBe(200);
  });

  it('hands a key to the page, which no cookie can ask for again', async () => {
    const { host } = await openHost();
    const url = host.url();
    const browser = new Browser(host);
    const { text } = await browser.launch(url);
    expect(handedOver(text)).toMatch(/^[\w-]{43}$/);
    expect(browser.cookie).not.toContain(handedOver(text));
    for (const again of [url, `${host.origin}/launch`, `${host.origin}/launch?token=wrong`]) {
      const reloaded = await browser.launch(again);
      expect(reloaded.status).toBe(200);
      expect(handedOver(reloaded.text)).toBe('');
      expect(reloaded.text).not.toContain(browser.key);
    }
    expect((await browser.post(status)).status).toBe(200);
  });

  it('works once, but lets the browser that used it reload', async () => {
    const { host } = await openHost();
    const url = host.url();
    const first = new Browser(host);
    await first.launch(url);
    const second = new Browser(host);
    const answer = await second.launch(url);
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
    const reloaded = await first.launch(url);
    expect(reloaded.status).toBe(200);
    expect(reloaded.headers['set-cookie']).toBeUndefined();
  });

  it('expires after ten minutes, to the millisecond', async () => {
    const clock = new TestClock();
    const { host } = await openHost({ clock });
    const [early, late] = [host.url(), host.url()];
    clock.time += TEN_MINUTES - 1;
    expect((await new Browser(host).launch(early)).status).toBe(200);
    clock.time += 1;
    expect((await new Browser(host).launch(late)).status).toBe(403);
  });

  it('may be followed from another page, and nothing else may', async () => {
    const { host } = await openHost();
    const { pathname, search } = new URL(host.url());
    const headers = { 'sec-fetch-site': 'cross-site' };
    const port = Number(new URL(host.origin).port);
    const answer = await send(port, { path: pathname + search, headers });
    expect(answer.status).toBe(200);
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await send(port, { path: '/', headers: { ...headers, cookie } })).status).toBe(403);
  });

  it.each(['', '?token=', '?token=wrong', '?token=a&token=b'])('refuses /launch%s', async (query) => {
    const { host, port } = await openHost();
    host.url();
    expect((await send(port, { path: `/launch${query}` })).status).toBe(403);
  });

  it.each(['prefetch', 'prefetch;prerender'])(
    'is not used up by a browser that looks ahead: %s',
    async (purpose) => {
      const { host, port } = await openHost();
      const url = host.url();
      const { pathname, search } = new URL(url);
      const ahead = await send(port, { path: pathname + search, headers: { 'sec-purpose': purpose } });
      expect(ahead.status).toBe(503);
      expect(ahead.headers['set-cookie']).toBeUndefined();
      const browser = new Browser(host);
      await browser.launch(url);
      expect((await browser.post(status)).status).toBe(200);
    },
  );

  it('is not used up by HEAD', async () => {
    const { host, port } = await openHost();
    const { pathname, search } = new URL(host.url());
    expect((await send(port, { method: 'HEAD', path: pathname + search })).status).toBe(405);
    expect((await send(port, { path: pathname + search })).status).toBe(200);
  });
});

describe('who may ask', () => {
  it.each([
    '127.0.0.1:PORT',
    'localhost',
    'localhost:1',
    'localhost.:PORT',
    'LOCALHOST:PORT',
    'evil.test:PORT',
  ])('refuses the host %s', async (name) => {
    const { host, port } = await openHost();
    const browser = await launched(host);
    const answer = await browser.get('/', { host: name.replace('PORT', String(port)) });
    expect(answer.status).toBe(403);
    expect(answer.text).not.toContain('script');
  });

  it.each([
    'http://localhost',
    'https://localhost:PORT',
    'http://127.0.0.1:PORT',
    'http://evil.test',
    'null',
  ])('refuses a call from the origin %s', async (name) => {
    const { host, port } = await openHost();
    const browser = await launched(host);
    const answer = await browser.post(status, { origin: name.replace('PORT', String(port)) });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).error.code).toBe('host.forbidden');
  });

  it('refuses a call without an origin', async () => {
    const { host, port } = await openHost();
    const { origin: _, ...headers } = (await launched(host)).callHeaders();
    const answer = await send(port, { method: 'POST', path: '/api/call', headers, body: status });
    expect(answer.status).toBe(403);
  });

  it.each(['cross-site', 'same-site', 'none'])('refuses a call with Sec-Fetch-Site: %s', async (site) => {
    const { host } = await openHost();
    const browser = await launched(host);
    expect((await browser.post(status, { 'sec-fetch-site': site })).status).toBe(403);
    expect((await browser.post(status, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  it('gives a browser without a cookie one plain page and nothing else', async () => {
    const { host } = await openHost();
    const stranger = new Browser(host);
    const page = await stranger.get('/');
    expect(page.status).toBe(401);
    expect(page.text).toContain('the address that it printed');
    expect(page.text).toContain('<link rel="icon" href="data:,">');
    expect((await stranger.get('/assets/app.js')).status).toBe(401);
    const call = await stranger.post(status);
    expect(call.status).toBe(401);
    expect(JSON.parse(call.text).error.code).toBe('host.forbidden');
  });

  it('knows only cookies that it gave', async () => {
    const { host, port } = await openHost();
    const stranger = new Browser(host);
    stranger.key = (await launched(host)).key;
    stranger.cookie = `keywright_${port}=${'A'.repeat(43)}`;
    expect((await stranger.post(status)).status).toBe(401);
  });

  it('gives nothing but files to a cookie without its own key', async () => {
    const { host, port } = await openHost();
    const [browser, other] = [await launched(host), await launched(host)];
    const { 'x-keywright-key': key, ...rest } = browser.callHeaders();
    const keys = [
      {},
      ...['', 'A'.repeat(43), `${key}A`, other.key].map((name) => ({ 'x-keywright-key': name })),
    ];
    for (const wrong of keys) {
      const headers = { ...rest, ...wrong };
      const answer = await send(port, { method: 'POST', path: '/api/call', headers, body: status });
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ ok: false, error: { code: 'host.forbidden' } });
    }
    expect((await browser.get('/preload.js')).status).toBe(200);
    expect((await browser.post(status)).status).toBe(200);
  });

  it('answers on both loopback addresses, so that no other program can', async () => {
    const { host, port } = await openHost();
    const { cookie } = await launched(host);
    const answer = await send(port, { address: '::1', headers: { cookie } });
    expect(answer.status).toBe(200);
  });
});

describe('a call', () => {
  it('is answered with the reply of the core', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    const answer = await browser.post(status);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(answer.text)).toMatchObject({ ok: true, value: { host: 'web', session: null } });
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('is not made with %s', async (method) => {
    const { host, port } = await openHost();
    const headers = (await launched(host)).callHeaders();
    const answer = await send(port, { method, path: '/api/call', headers });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['text that is not JSON', '{"procedure":'],
    ['no body', ''],
    ['a list', '[]'],
    ['no procedure', '{"input":{}}'],
    ['a procedure that is no name', '{"procedure":7,"input":{}}'],
    ['a field too many', '{"procedure":"app.status","input":{},"caller":{}}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('with %s is refused as input.invalid', async (_, body) => {
    const { host } = await openHost();
    const answer = await (await launched(host)).post(body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ ok: false, error: { code: 'input.invalid' } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx'])(
    'with the content type %s is refused',
    async (type) => {
      const { host } = await openHost();
      const answer = await (await launched(host)).post(status, { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(JSON.parse(answer.text).error.code).toBe('input.invalid');
    },
  );

  it('to a procedure that does not exist says so', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    for (const procedure of ['credentials.steal', '__proto__', 'constructor']) {
      const answer = await browser.post(JSON.stringify({ procedure, input: {} }));
      expect(JSON.parse(answer.text).error.code).toBe('input.unknown_procedure');
    }
  });

  it('may have 1 MiB and not a byte more', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    const frame = JSON.stringify({ procedure: 'app.status', input: { filler: '' } });
    const body = (size: number) => frame.replace('""', `"${'x'.repeat(size - frame.length)}"`);
    const most = await browser.post(body(MESSAGE_LIMIT));
    expect(most.status).toBe(200);
    expect(JSON.parse(most.text).error.code).toBe('input.invalid');
    const more = await browser.post(body(MESSAGE_LIMIT + 1));
    expect(more.status).toBe(413);
    expect(JSON.parse(more.text).error.code).toBe('input.too_large');
    expect((await browser.post(status)).status).toBe(200);
  });

  it('that would be too large is refused before it has come', async () => {
    const { host, port } = await openHost();
    const browser = await launched(host);
    const declared = { ...browser.callHeaders(), 'content-length': String(MESSAGE_LIMIT + 1) };
    const chunked = { ...browser.callHeaders(), 'transfer-encoding': 'chunked' };
    for (const [headers, sent] of [
      [declared, '{'],
      [chunked, 'x'.repeat(MESSAGE_LIMIT + 1)],
    ] as const) {
      const outgoing = start(port, { method: 'POST', path: '/api/call', headers });
      const answer = answerTo(outgoing);
      outgoing.write(sent);
      expect((await answer).status).toBe(413);
      expect(JSON.parse((await answer).text).error.code).toBe('input.too_large');
      outgoing.destroy();
    }
  });
});

describe('files', () => {
  it('are the page, with the preload script in front of its own, and what belongs to it', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    const page = await browser.get('/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<script src="/preload.js"></script><script type="module"');
    expect((await browser.get('/index.html')).text).toBe(page.text);
    expect((await browser.get('/preload.js')).text).toBe('window.keywright = {};');
    expect((await browser.get('/assets/app.js')).text).toBe(SCRIPT);
    expect((await browser.get('/assets/picture.png')).headers['content-type']).toBe('image/png');
    expect((await browser.get('/assets/leftover.map')).status).toBe(404);
  });

  it('come compressed where the browser takes it and it helps', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    const fetchScript = (accepted: string) => browser.get('/assets/app.js', { 'accept-encoding': accepted });
    const brotli = await fetchScript('gzip, deflate, br');
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.body).toString()).toBe(SCRIPT);
    const gzip = await fetchScript('gzip, br;q=0');
    expect(gzip.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(gzip.body).toString()).toBe(SCRIPT);
    expect(gzip.body.length).toBeLessThan(SCRIPT.length);
    expect((await fetchScript('identity')).headers['content-encoding']).toBeUndefined();
    const picture = await browser.get('/assets/picture.png', { 'accept-encoding': 'br' });
    expect(picture.headers['content-encoding']).toBeUndefined();
    expect([...picture.body]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/assets/..;/../secret.txt',
    '//secret.txt',
    '/./index.html',
    '/assets/app.js%00.png',
    '/assets/',
    '/assets',
    '/__proto__',
    '/constructor',
  ])('do not include %s', async (path) => {
    const { host } = await openHost();
    const answer = await (await launched(host)).get(path);
    expect(answer.status).toBe(404);
    expect(answer.text).not.toContain('secret');
  });

  it('are not found by a full address in the request line', async () => {
    const { host, port } = await openHost();
    const { cookie } = await launched(host);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => {
        const target = `http://localhost:${port}/index.html`;
        socket.write(
          `GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
        );
      });
      socket.on('data', (chunk) => {
        text += chunk.toString();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  });

  it.each(['POST', 'PUT', 'DELETE'])('are not there for %s', async (method) => {
    const { host, port } = await openHost();
    const headers = (await launched(host)).callHeaders();
    expect((await send(port, { method, path: '/index.html', headers })).status).toBe(405);
  });
});

describe('every answer', () => {
  it('carries the policy, whatever it is', async () => {
    const { host, port } = await openHost();
    const browser = await launched(host);
    const answers = [
      await browser.get('/'),
      await browser.get('/nothing-here'),
      await browser.post(status),
      await browser.post('not json'),
      await new Browser(host).get('/'),
      await browser.get('/', { host: 'evil.test' }),
      await send(port, { path: '/launch?token=wrong' }),
    ];
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(
        `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ` +
          `connect-src 'self' ws://localhost:${port}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['permissions-policy']).toContain('publickey-credentials-get=(self)');
    }
  });
});

describe('the address', () => {
  it('is refused with a clear code where another program has the port', async () => {
    const { port } = await openHost();
    await refused(openHost({ port }), 'host.port_unavailable');
  });

  it('is free again once the host is closed', async () => {
    const { host, port } = await openHost();
    await host.close();
    const again = await openHost({ port });
    expect(again.host.origin).toBe(host.origin);
  });
});
