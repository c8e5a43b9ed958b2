import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the built parts of the program are. Absolute paths. */
export type Places = {
  rendererFolder: string;
  electronPreload: string;
  webPreload: string;
};

/**
 * Finds the built parts: the program runs from its sources, from `dist`, or from a package, and in each the
 * folder with package.json is above the running file.
 * @param from folder of the running file
 */
export function findPlaces(from: string): Places {
  const dist = join(programFolder(from), 'dist');
  return {
    rendererFolder: join(dist, 'renderer'),
    electronPreload: join(dist, 'preload', 'electron.cjs'),
    webPreload: join(dist, 'preload', 'web.js'),
  };
}

function programFolder(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('The program is not complete: package.json was not found.');
  return programFolder(above);
}
