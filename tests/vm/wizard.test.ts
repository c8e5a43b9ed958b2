// The application with keys on USB, from its procedures down to the node: tests that run in the guest.
import assert from 'node:assert/strict';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { OperationStatus } from '../../shared/contract/index.ts';
import { type Key, newKey, pluggedKey } from './support/devices.ts';
import { otherProgram } from './support/programs.ts';
import { onlyNode, seen, test } from './support/usb.ts';
import { Window } from './support/window.ts';

async function openWindow(t: TestContext, folder?: string): Promise<Window> {
  const window = await Window.open(folder ?? (await mkdtemp(join(tmpdir(), 'wizard-'))));
  t.after(() => window.close());
  return window;
}

/** Touches the key when it waits for that. */
function touching(key: Key): (status: OperationStatus) => unknown {
  return ({ phase, authenticator }) => phase === 'touch' && !authenticator?.software && key.touch();
}

test('the wizard waits for a key, makes the first credential, and it signs from then on', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'wizard-'));
  const window = await openWindow(t, folder);
  const key = await newKey(t);
  const touch = touching(key);
  window.person.see = (status) => (status.phase === 'insert' ? key.plugIn() : touch(status));
  const first = await window.createFirst('securityKey', 'Desk key');
  assert.deepEqual(window.phases, ['insert', 'connecting', 'pin', 'working', 'touch', 'working']);
  assert.deepEqual([first.kind, first.state, first.canVerifyUser], ['securityKey', 'active', true]);

  const start = performance.now();
  const second = await window.createNext('software', 'Spare key', first.id);
  t.diagnostic(
    `another credential made, and signed with the key in ${Math.round(performance.now() - start)} ms`,
  );
  await window.call('session.signOut', {});
  assert.equal((await window.signIn(first.id)).credentialId, first.id);
  const off = await window.act(
    {
      operation: 'credentials.setState',
      method: 'PUT',
      resource: `/credentials/${second.id}/state`,
      body: { state: 'inactive' },
    },
    first.id,
  );
  assert.equal(off.state, 'inactive');

  await window.close();
  const later = await openWindow(t, folder);
  later.person.see = touch;
  await later.signIn(first.id);
  const { all, active } = await later.call('credentials.list', {});
  assert.deepEqual([all, active], [2, 1]);
});

test('pulled out while it waits for a PIN and for a touch, a key is put in again and goes on', async (t) => {
  const window = await openWindow(t);
  const key = await pluggedKey(t);
  let pulls = 0;
  const pull = () => {
    pulls += 1;
    void key.pullOut();
  };
  window.person = {
    pin() {
      if (pulls > 0) return '258014';
      pull();
      return null;
    },
    see({ phase, waitingFor }) {
      if (phase === 'insert' && waitingFor === 'removed') void key.plugIn();
      if (phase !== 'touch') return;
      if (pulls === 1) pull();
      else void key.touch();
    },
  };
  const { id } = await window.createFirst('securityKey', 'Loose key');
  assert.equal(pulls, 2);
  assert.deepEqual(window.phases, [
    ...['connecting', 'pin', 'insert'],
    ...['connecting', 'pin', 'working', 'touch', 'insert'],
    ...['connecting', 'pin', 'working', 'touch', 'working'],
  ]);
  await window.call('session.signOut', {});
  pulls = 1;
  await window.signIn(id);
  assert.equal(pulls, 2);
});

test('of two keys the touched one is enrolled, and the one that holds the passkey signs', async (t) => {
  const window = await openWindow(t);
  const other = await pluggedKey(t, { name: 'Other Key', serial: '1' });
  const wanted = await pluggedKey(t, { name: 'Wanted Key', serial: '2' });
  window.person.see = async ({ phase }) => {
    if (phase === 'choose') {
      await Promise.all([other.waiting(), wanted.waiting()]);
      await wanted.touch();
    }
    if (phase === 'touch') await wanted.touch();
  };
  const { id } = await window.createFirst('securityKey', 'Chosen');
  assert.ok(window.phases.includes('choose'));
  const names = window.statuses.map(({ authenticator }) => authenticator?.name ?? null);
  assert.deepEqual(new Set(names), new Set([null, 'Wanted Key']));
  await window.call('session.signOut', {});
  const before = window.statuses.length;
  await window.signIn(id);
  const later = window.statuses.slice(before);
  assert.ok(later.every(({ phase }) => phase !== 'choose'));
});

test('a window that watches sees keys come and go', async (t) => {
  const window = await openWindow(t);
  const key = await newKey(t);
  assert.deepEqual((await window.call('securityKeys.watch', {})).devices, []);
  const shown = async (names: string[]) => {
    while (JSON.stringify(window.keys.at(-1)) !== JSON.stringify(names)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  for (const [act, names] of [
    ['plugIn', ['Acme Test Key']],
    ['pullOut', []],
  ] as const) {
    const start = performance.now();
    await key[act]();
    await seen(t, `${act} is shown`, start, shown([...names]));
  }
  await window.call('securityKeys.unwatch', {});
});

test('a user who may not open the key is told so, and goes on once that is allowed', async (t) => {
  const key = await pluggedKey(t);
  const program = otherProgram(t, 'wizard', 'nobody');
  assert.deepEqual(await program.next(), { phase: 'insert', waitingFor: 'blocked' });
  await chmod(await onlyNode(), 0o666);
  for (const phase of ['connecting', 'pin', 'working', 'touch']) {
    assert.deepEqual(await program.next(), { phase, waitingFor: null });
  }
  await key.touch();
  assert.deepEqual(await program.next(), { phase: 'working', waitingFor: null });
  assert.equal(await program.next(), 'securityKey');
});
