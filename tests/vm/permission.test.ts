// Keys that a user may not open, or not yet: tests that run in the guest.
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { LinuxHidraw } from '../../main/authenticators/usb/linux-hidraw.ts';
import { newKey, pluggedKey } from './support/devices.ts';
import { otherProgram } from './support/programs.ts';
import { Watched } from './support/tasks.ts';
import { onlyNode, seen, test } from './support/usb.ts';

const FORBIDDEN = {
  devices: [{ name: 'Acme Test Key', accessible: false, problem: 'noPermission' }],
  opened: ['authenticator.no_permission'],
};
const ALLOWED = {
  devices: [{ name: 'Acme Test Key', accessible: true, problem: null }],
  opened: ['opened'],
};

test('a user who may not open a key sees why, and sees it when that changes', async (t) => {
  await pluggedKey(t);
  const node = await onlyNode();
  const program = otherProgram(t, 'watch', 'nobody');
  assert.deepEqual(Watched.parse(await program.next()), FORBIDDEN);
  let start = performance.now();
  await chmod(node, 0o666);
  const allowed = Watched.parse(await seen(t, 'a permission is seen', start, program.next()));
  assert.deepEqual(allowed, ALLOWED);
  start = performance.now();
  await chmod(node, 0o600);
  const forbidden = Watched.parse(await seen(t, 'its end is seen', start, program.next()));
  assert.deepEqual(forbidden, FORBIDDEN);
});

test('a key that may be read but not written is forbidden', async (t) => {
  await pluggedKey(t);
  await chmod(await onlyNode(), 0o644);
  const program = otherProgram(t, 'watch', 'nobody');
  assert.deepEqual(Watched.parse(await program.next()), FORBIDDEN);
});

test('a key to which udev gives access a moment after it came is never told as forbidden', async (t) => {
  const program = otherProgram(t, 'watch', 'nobody');
  assert.deepEqual(Watched.parse(await program.next()), { devices: [], opened: [] });
  const udev = watch('/dev', async (_event, name) => {
    if (name === null || !/^hidraw\d+$/.test(name)) return;
    await delay(100);
    // Told of a removal, too.
    await chmod(`/dev/${name}`, 0o666).catch(() => undefined);
  });
  t.after(() => udev.close());
  const key = await newKey(t);
  await key.plugIn();
  assert.deepEqual(Watched.parse(await program.next()), ALLOWED);
});

test('of two keys the forbidden one is passed over', async (t) => {
  await pluggedKey(t, { name: 'Forbidden Key', serial: '1' });
  const forbidden = await onlyNode();
  const allowed = await pluggedKey(t, { name: 'Allowed Key', serial: '2' });
  for (const { path } of await new LinuxHidraw().find()) if (path !== forbidden) await chmod(path, 0o666);
  const program = otherProgram(t, 'choose', 'nobody');
  await allowed.waiting();
  await allowed.touch();
  assert.equal(await program.next(), 'Allowed Key');
});
