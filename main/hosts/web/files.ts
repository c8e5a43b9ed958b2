import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { derivedFile, listStaticFiles, once, type StaticFile } from '../common/static-files.ts';

type Encoding = 'br' | 'gzip' | 'identity';
type Served = { type: string; text: boolean; in: Readonly<Record<Encoding, () => Promise<Buffer>>> };

/** The files of the app by URL path, each with its compressed forms, which are made when first asked for. */
export type WebFiles = ReadonlyMap<string, Served>;

/** Where the built `preload/web.ts` is served. */
export const PRELOAD_PATH = '/preload.js';

/**
 * Lists what a browser may read: the window's files and the preload script, which the page loads before its
 * own scripts, as Electron does for a window.
 */
export function listWebFiles(rendererFolder: string, preloadFile: string): WebFiles {
  const files = new Map(listStaticFiles(rendererFolder));
  files.set(PRELOAD_PATH, {
    type: 'text/javascript; charset=utf-8',
    text: true,
    read: once(() => readFile(preloadFile)),
  });
  const index = files.get('/index.html');
  if (index !== undefined) {
    const withPreload = derivedFile(index, (bytes) => Buffer.from(addPreload(bytes.toString('utf8'))));
    files.set('/index.html', withPreload);
    files.set('/', withPreload);
  }
  return new Map([...files].map(([path, file]) => [path, serve(file)]));
}

/** Answers with a file, in the smallest form that the browser takes. */
export async function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: Served,
): Promise<void> {
  const encoding = file.text ? chooseEncoding(request.headers['accept-encoding'] ?? '') : 'identity';
  const body = await file.in[encoding]();
  response.writeHead(200, {
    'Content-Type': file.type,
    'Content-Length': body.length,
    Vary: 'Accept-Encoding',
    ...(encoding === 'identity' ? {} : { 'Content-Encoding': encoding }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Puts the preload script in front of every other script of the page. */
export function addPreload(html: string): string {
  const tag = `<script src="${PRELOAD_PATH}"></script>`;
  const at = html.search(/<script\b/i);
  if (at === -1) throw new Error('The page of the app has no script.');
  return html.slice(0, at) + tag + html.slice(at);
}

function serve(file: StaticFile): Served {
  const identity = file.read;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  return {
    type: file.type,
    text: file.text,
    in: {
      identity,
      br: once(async () => promisify(brotliCompress)(await identity(), quality)),
      gzip: once(async () => promisify(gzip)(await identity())),
    },
  };
}

function chooseEncoding(accepted: string): Encoding {
  const names = accepted
    .split(',')
    .map((entry) => entry.trim().split(';'))
    .filter(([, weight]) => !/^\s*q=0(\.0*)?$/.test(weight ?? ''))
    .map(([name]) => name);
  if (names.includes('br')) return 'br';
  return names.includes('gzip') ? 'gzip' : 'identity';
}
