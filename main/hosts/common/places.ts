import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the built parts of the program are. Absolute paths. */
export type Places = {
  rendererFolder: string;
  electronPreload: string;
  webPreload: string;
  /** The udev rule that gives people access to security keys (Linux). */
  udevRule: string;
};

/**
 * Finds the built parts: the program runs from its sources, from `dist`, or from a package, and in each the
 * folder with package.json is above the running file.
 * @param from folder of the running file
 */
export function findPlaces(from: string): Places {
  const program = programFolder(from);
  const dist = join(program, 'dist');
  return {
    rendererFolder: join(dist, 'renderer'),
    electronPreload: join(dist, 'preload', 'electron.cjs'),
    webPreload: join(dist, 'preload', 'web.js'),
    // A command outside cannot read what is packed into the archive of a package.
    udevRule: join(program, 'assets', 'udev', '70-keywright-security-keys.rules').replace(
      'app.asar',
      'app.asar.unpacked',
    ),
  };
}

function programFolder(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const above = dirname(from);
  if (above === from) throw new Error('The program is not complete: package.json was not found.');
  return programFolder(above);
}
