import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64url } from '../../../shared/domain/index.ts';
import { random } from '../../platform/index.ts';

const NAME = /^launch-[\w-]{22}\.html$/;

/** A page on the disk that leads to a launch URL. */
export type LaunchFile = {
  /** Absolute path; the name is random. */
  readonly path: string;
  /** Writes the page, for its owner's eyes only (mode 0600). */
  write(url: string): void;
  /** Deletes it where it is there. A failure is told and nothing more: the next start deletes it. */
  remove(): void;
};

/**
 * A launch URL for a browser, as a file: what a program is started with can be read by every user of the
 * computer, so the browser is given the file's path and the URL stays inside.
 * @param folder the data folder
 */
export function launchFileIn(folder: string): LaunchFile {
  const path = join(folder, `launch-${toBase64url(random(16))}.html`);
  return {
    path,
    write: (url) => writeFileSync(path, pageTo(url), { mode: 0o600, flag: 'wx' }),
    remove: () => removeFile(path),
  };
}

/** Deletes the launch files that a crash has left. Only for the process that holds the folder's lock. */
export function removeStaleLaunchFiles(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => NAME.test(entry))) removeFile(join(folder, name));
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.error(`A launch file could not be deleted; its link is of no use any more. ${why}`);
  }
}

/** @param url one of ours: nothing in it needs escaping */
function pageTo(url: string): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">' +
    '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">' +
    `<meta http-equiv="refresh" content="0;url=${url}"><title>Keywright opens</title></head>` +
    `<body><p><a href="${url}">Go on to Keywright</a></p></body></html>\n`
  );
}
