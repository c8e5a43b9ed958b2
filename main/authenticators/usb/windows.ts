import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The mandatory label of a process with administrator rights: high or system integrity. */
const ELEVATED = /\bS-1-16-(?:12288|16384)\b/;

let known: Promise<boolean> | null = null;

/**
 * True on Windows for a program without administrator rights: since Windows 10, 1903, FIDO devices are shown to
 * elevated programs only; others reach security keys through the system's own WebAuthn.
 */
export function hidesSecurityKeys(platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform !== 'win32') return Promise.resolve(false);
  known ??= listOwnGroups().then((groups) => !isElevated(groups));
  return known;
}

/**
 * Reads from the list of a process's groups whether it has administrator rights.
 * @param groups as `whoami /groups` prints it; identifiers are the same in every language of the system
 */
export function isElevated(groups: string): boolean {
  return ELEVATED.test(groups);
}

async function listOwnGroups(): Promise<string> {
  try {
    const { stdout } = await run('whoami.exe', ['/groups', '/fo', 'csv', '/nh'], { windowsHide: true });
    return stdout;
  } catch {
    // A system without the command is no reason to refuse: opening a key then tells what is wrong.
    return 'S-1-16-12288';
  }
}
