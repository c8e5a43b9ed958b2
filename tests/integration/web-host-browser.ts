import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { startWebHost, type WebHost, type WebHostOptions } from '../../main/hosts/web/index.ts';
import type { ProcedureInput, ProcedureName } from '../../shared/contract/index.ts';
import { startCore, type TestClock } from '../support/core.ts';
import { tempFolder } from '../support/temp.ts';

export const PAGE =
  '<!doctype html><head><link rel="icon" href="data:,">' +
  '<script type="module" src="./assets/app.js"></script></head>';
export const SCRIPT = `export const text = ${JSON.stringify('keywright '.repeat(500))};\n`;

/** A web host on a real core, with a small built window beside a file that must never be served. */
export async function openHost(
  options: Partial<Pick<WebHostOptions, 'port' | 'goneAfter' | 'preloadFile'>> & { clock?: TestClock } = {},
): Promise<{ host: WebHost; port: number; files: string }> {
  const { core } = await startCore(options.clock === undefined ? {} : { clock: options.clock });
  const files = tempFolder();
  mkdirSync(join(files, 'renderer/assets'), { recursive: true });
  writeFileSync(join(files, 'secret.txt'), 'a secret');
  writeFileSync(join(files, 'renderer/index.html'), PAGE);
  writeFileSync(join(files, 'renderer/assets/app.js'), SCRIPT);
  writeFileSync(join(files, 'renderer/assets/picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47]));
  writeFileSync(join(files, 'renderer/assets/leftover.map'), 'not for browsers');
  writeFileSync(join(files, 'preload.js'), 'window.keywright = {};');
  const host = await startWebHost({
    core,
    rendererFolder: join(files, 'renderer'),
    preloadFile: join(files, 'preload.js'),
    ...options,
  });
  onTestFinished(() => host.close());
  return { host, port: Number(new URL(host.origin).port), files };
}

/** The key that a launch page hands over; empty where it hands over none. */
export function handedOver(page: string): string {
  return /<meta name="x-keywright-key" content="([\w-]*)">/.exec(page)?.[1] ?? '';
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer; text: string };

/** What a request is made of. Nothing is resolved or filled in on the way but Host. */
export type Request = {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  address?: string;
};

/** Starts a request exactly as given; a browser would not let a test choose Host and Origin. */
export function start(port: number, request: Omit<Request, 'body'>): http.ClientRequest {
  const { method = 'GET', path = '/', headers = {}, address = '127.0.0.1' } = request;
  return http.request({
    host: address,
    port,
    method,
    path,
    agent: false,
    headers: { host: `localhost:${port}`, ...headers },
  });
}

/** Waits for the whole answer to a request. */
export function answerTo(outgoing: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const { statusCode = 0, headers } = incoming;
        resolve({ status: statusCode, headers, body: bytes, text: bytes.toString('utf8') });
      });
    });
  });
}

/** Sends one request exactly as given. */
export function send(port: number, request: Request): Promise<Answer> {
  const outgoing = start(port, request);
  const answer = answerTo(outgoing);
  outgoing.end(request.body);
  return answer;
}

/** A browser: it keeps its cookie and its key, and sends what a page of the host's own origin would send. */
export class Browser {
  readonly port: number;
  readonly origin: string;
  cookie = '';
  key = '';

  constructor(host: WebHost) {
    this.origin = host.origin;
    this.port = Number(new URL(host.origin).port);
  }

  /** Follows a launch link. */
  async launch(url: string): Promise<Answer> {
    const { pathname, search } = new URL(url);
    const headers = this.cookie === '' ? {} : { cookie: this.cookie };
    const answer = await send(this.port, { path: pathname + search, headers });
    this.cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? this.cookie;
    this.key = handedOver(answer.text) || this.key;
    return answer;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.port, { path, headers: { cookie: this.cookie, ...headers } });
  }

  callHeaders(): Record<string, string> {
    return {
      cookie: this.cookie,
      origin: this.origin,
      'x-keywright-key': this.key,
      'content-type': 'application/json',
    };
  }

  /** Sends a body to `/api/call`, with the headers of an honest page unless others are given. */
  post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.port, {
      method: 'POST',
      path: '/api/call',
      headers: { ...this.callHeaders(), ...headers },
      body,
    });
  }

  async call<N extends ProcedureName>(procedure: N, input: ProcedureInput<N>) {
    return JSON.parse((await this.post(JSON.stringify({ procedure, input }))).text);
  }

  /** Starts an enrolment up to the point where the new software key asks for its PIN. */
  async startRegistration(
    events: Events,
  ): Promise<{ operationId: string; questionId: string; running: http.ClientRequest }> {
    const begun = await this.call('enrol.begin', {
      kind: 'software',
      name: 'First key',
      person: 'Sample Person',
      workspace: 'Test workspace',
    });
    const operationId = randomUUID();
    const running = start(this.port, { method: 'POST', path: '/api/call', headers: this.callHeaders() });
    running.on('error', () => {});
    const input = { operationId, enrolmentId: begun.value.id };
    running.end(JSON.stringify({ procedure: 'enrol.register', input }));
    const questionId = await events.pinQuestion();
    return { operationId, questionId, running };
  }

  /** Opens the WebSocket of a page. */
  async listen(): Promise<Events> {
    const protocols = ['keywright', `x-keywright-key.${this.key}`];
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/api/events`, protocols, {
      headers: { host: `localhost:${this.port}`, origin: this.origin, cookie: this.cookie },
    });
    const events = new Events(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    onTestFinished(() => socket.terminate());
    return events;
  }
}

type Frame = { event: string; payload: Record<string, unknown> };

/** Tries to open a WebSocket that must be refused; gives the status it was refused with. */
export function knock(
  port: number,
  headers: Record<string, string>,
  { key, path = '/api/events' }: { key?: string; path?: string } = {},
): Promise<number> {
  const all = { host: `localhost:${port}`, ...headers };
  const protocols = key === undefined ? [] : ['keywright', `x-keywright-key.${key}`];
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers: all });
  return new Promise((resolve, reject) => {
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => reject(new Error('The socket was opened.')));
    socket.once('error', reject);
  });
}

/** The events that a page has received. */
export class Events {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  #wake = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()));
      this.#wake();
    });
  }

  /** Waits until an event that fits has come. */
  async next(fits: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits until a PIN is asked for; gives the name of the question. */
  async pinQuestion(): Promise<string> {
    const { payload } = await this.next((frame) => frame.payload.phase === 'pin');
    return z.object({ pin: z.object({ questionId: z.string() }) }).parse(payload).pin.questionId;
  }

  names(): string[] {
    return this.frames.map((frame) => frame.event);
  }

  /** Closes the page's socket and waits for the close; gives its code. */
  closed(): Promise<number> {
    return new Promise((resolve) => this.socket.once('close', resolve));
  }
}

/** A browser that has followed a fresh launch link. */
export async function launched(host: WebHost): Promise<Browser> {
  const browser = new Browser(host);
  await browser.launch(host.url());
  return browser;
}
