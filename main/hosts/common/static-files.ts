import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A file of the window, read when it is first asked for. */
export type StaticFile = {
  /** MIME type with charset where it is text. */
  readonly type: string;
  /** True where compression makes it smaller. */
  readonly text: boolean;
  /** The bytes, from memory after the first time. */
  read(): Promise<Buffer>;
};

const TYPES: Readonly<Record<string, { type: string; text: boolean }>> = {
  '.html': { type: 'text/html; charset=utf-8', text: true },
  '.js': { type: 'text/javascript; charset=utf-8', text: true },
  '.css': { type: 'text/css; charset=utf-8', text: true },
  '.json': { type: 'application/json; charset=utf-8', text: true },
  '.webmanifest': { type: 'application/manifest+json; charset=utf-8', text: true },
  '.svg': { type: 'image/svg+xml; charset=utf-8', text: true },
  '.txt': { type: 'text/plain; charset=utf-8', text: true },
  '.png': { type: 'image/png', text: false },
  '.ico': { type: 'image/x-icon', text: false },
  '.webp': { type: 'image/webp', text: false },
  '.woff2': { type: 'font/woff2', text: false },
};

/**
 * Lists a folder once. Only what is listed can ever be served: a path is a key of the map, never a way into
 * the file system. Files of types a window does not need are left out.
 * @returns files by URL path, such as `/index.html` and `/assets/app.js`
 */
export function listStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const kind = TYPES[extname(entry.name)];
    if (!entry.isFile() || kind === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(folder, path).split(sep).map(encodeURIComponent).join('/')}`;
    files.set(url, { ...kind, read: once(() => readFile(path)) });
  }
  return files;
}

/** The same file with other bytes. */
export function derivedFile(
  file: StaticFile,
  change: (bytes: Buffer) => Promise<Buffer> | Buffer,
): StaticFile {
  return { ...file, read: once(async () => change(await file.read())) };
}

/** Runs the work at the first call and keeps its result; a failure is not kept. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}
