// What npm has installed, compared with what the lock file asks for. Pure: texts in, a decision out.
import { createHash } from 'node:crypto';

/** SHA-256 of the lock file's text, lower-case hex. */
export function lockHash(lockText) {
  return createHash('sha256').update(lockText).digest('hex');
}

/**
 * Decides what to do before anything can run.
 * @param texts `lock`: package-lock.json; `stamp`: what the last set-up wrote; `installed`: npm's own record
 *   in node_modules/.package-lock.json. The last two are undefined where there is no such file.
 * @returns `ready`: installed by us from exactly this lock file; `adopt`: npm installed it without us, and it
 *   fits; `install`: `npm ci` is needed
 */
export function installState({ lock, stamp, installed }) {
  if (installed === undefined) return 'install';
  if (readJson(stamp)?.lock === lockHash(lock)) return 'ready';
  return satisfies(readJson(lock), readJson(installed)) ? 'adopt' : 'install';
}

/** The stamp to write once everything is installed. */
export function stampText(lockText, more = {}) {
  return `${JSON.stringify({ ...more, lock: lockHash(lockText) })}\n`;
}

/** Turns what `npm ci` wrote to its error output into one sentence. */
export function explainNpmFailure(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return 'npm could not reach the package registry. Check the network connection, then run the command again.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full. Free some space, then run the command again.';
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return 'npm may not write to the node_modules folder. Give your user write access to it, then run the command again.';
  }
  return 'npm could not install the packages; its message is above. Run `npm ci` to see all of it.';
}

/** Reads JSON; undefined where there is no text or the text is not JSON. */
export function readJson(text) {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A half-written record counts as none: everything is installed again.
    return undefined;
  }
}

function satisfies(lock, installed) {
  if (lock?.packages === undefined || installed?.packages === undefined) return false;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    // Packages for other systems are left out by npm on purpose.
    return found === undefined
      ? wanted.optional === true || wanted.devOptional === true
      : found.version === wanted.version && found.integrity === wanted.integrity;
  });
}
