// Tests the driver of USB security keys against a real kernel: boots a small guest in QEMU that has HID devices
// made of software keys. Needs Debian packages, which it installs or asks for. Words choose files of tests/vm by
// their name: `npm run test:vm`, `npm run test:vm -- permission`.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { countsLine, isGood } from './test/outcome.ts';
import { boot } from './vm/boot.ts';
import { removeLeftovers } from './vm/cache.ts';
import { writeGuest } from './vm/guest-files.ts';
import { getKernel } from './vm/kernel.ts';
import { CannotRun, installPrograms } from './vm/packages.ts';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, '.cache', 'vm');
const guest = join(cache, `guest-${process.pid}.tmp`);

async function run() {
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  installPrograms();
  const kernel = getKernel(cache);
  writeGuest(guest, { root, kernel });
  console.log('Booting the guest.');
  return boot({ kernel, root: guest, words: process.argv.slice(2) });
}

process.on('exit', () => rmSync(guest, { force: true }));
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.on(signal, () => process.exit(128 + number));
}

try {
  const outcome = await run();
  for (const { name, reason } of outcome.skipped) console.log(`Skipped: ${name} (${reason})`);
  process.exitCode = isGood(outcome) ? 0 : 1;
  console.log(countsLine(outcome));
} catch (error) {
  // The last line is the counts, whatever happens.
  if (error instanceof CannotRun) {
    console.log(`Skipped: USB security keys in a guest (${error.message})`);
    console.log('0 passed, 0 failed, 1 skipped');
  } else {
    console.error(error);
    process.exitCode = 1;
    console.log('0 passed, 1 failed, 0 skipped');
  }
}
