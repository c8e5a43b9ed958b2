// Tests the driver of USB security keys against a real kernel: boots a small guest in QEMU that has HID devices
// made of software keys. Needs Debian packages, which it installs or asks for: `npm run test:vm`.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { countsLine, isGood } from './test/outcome.ts';
import { boot } from './vm/boot.ts';
import { writeGuest } from './vm/guest-files.ts';
import { getKernel } from './vm/kernel.ts';
import { CannotRun, installPrograms } from './vm/packages.ts';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, '.cache', 'vm');
const guest = join(cache, `guest-${process.pid}.cpio`);

try {
  mkdirSync(cache, { recursive: true });
  installPrograms();
  const kernel = getKernel(cache);
  writeGuest(guest, { root, kernel });
  console.log('Booting the guest.');
  const outcome = await boot(kernel, guest);
  process.exitCode = isGood(outcome) ? 0 : 1;
  console.log(countsLine(outcome));
} catch (error) {
  if (!(error instanceof CannotRun)) throw error;
  const skipped = [{ name: 'USB security keys in a guest', reason: error.message }];
  for (const { name, reason } of skipped) console.log(`Skipped: ${name} (${reason})`);
  console.log(countsLine({ passed: 0, failed: 0, skipped }));
} finally {
  rmSync(guest, { force: true });
}
