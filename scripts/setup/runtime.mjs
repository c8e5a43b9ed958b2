// Where the programs that a set-up brings are to be found.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Node that the npm package `node` ships; the system's own may be too old. */
export function nodeBinary(root, platform) {
  return join(root, 'node_modules', 'node', 'bin', platform === 'win32' ? 'node.exe' : 'node');
}

/**
 * The Electron program, where there is one: `ELECTRON_OVERRIDE_DIST_PATH`, else what Electron's own install
 * script has put into its package.
 * @returns its path, or undefined
 */
export function electronBinary(root, env, platform) {
  const inside = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  };
  const program = inside[platform] ?? 'electron';
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override !== undefined && override !== '') return present(join(override, program));
  const home = join(root, 'node_modules', 'electron');
  // Electron writes path.txt last: without it the folder may be half unpacked.
  if (readText(join(home, 'path.txt')) === undefined) return undefined;
  return present(join(home, 'dist', program));
}

/** The text of a file; undefined where there is none. */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function present(path) {
  return existsSync(path) ? path : undefined;
}
