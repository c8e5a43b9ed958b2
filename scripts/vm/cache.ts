import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than a run may take, ms. */
const OLD = 15 * 60_000;

/** Removes what runs that were killed have left behind: files and folders that end in ".tmp". */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (name.endsWith('.tmp') && Date.now() - changed > OLD) rmSync(path, { recursive: true, force: true });
  }
}
