import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Reply } from '../../shared/contract/index.ts';
import { PIN, refused, startCore, stateRequest, TestClock, Window } from '../support/core.ts';

const keyFiles = (folder: string) => readdirSync(join(folder, 'software-keys'));
const FIRST = { person: 'Sample Person', workspace: 'Test workspace' };
const ok = (replies: Reply<unknown>[]) => replies.map((reply) => reply.ok);

/** Every credential in the list can still sign: what is stored has its private key. */
async function expectNoDeadCredential(window: Window): Promise<void> {
  const { signers } = await window.call('signIn.begin', {});
  expect(signers.map((signer) => signer.unavailable)).toEqual(signers.map(() => null));
}

describe('committing and giving up at the same moment', () => {
  test.each([['commit first'], ['cancel first']])('the first credential, %s', async (order) => {
    const { window, folder } = await startCore();
    const { id: enrolmentId } = await window.register('First key', FIRST);
    const commit = () => window.reply('enrol.commitFirst', { enrolmentId });
    const cancel = () => window.reply('enrol.cancel', { enrolmentId });
    const calls = order === 'commit first' ? [commit, cancel] : [cancel, commit];
    await Promise.all(calls.map((call) => call()));
    const { workspace } = await window.call('app.status', {});
    // Either all of it is there, with its key, or nothing at all.
    expect(keyFiles(folder)).toHaveLength(workspace === null ? 0 : 1);
    if (workspace !== null) await expectNoDeadCredential(window);
  });

  test('a further credential', async () => {
    const { window, folder } = await startCore();
    const first = await window.createFirst();
    const { request, id: enrolmentId } = await window.register('Second key');
    if (request === null) throw new Error('no request');
    const action = await window.call('actions.begin', { request });
    const assertion = await window.sign(action.challengeId, first.id);
    await Promise.all([
      window.reply('actions.commit', { actionId: action.actionId, request: action.request, assertion }),
      window.reply('enrol.cancel', { enrolmentId }),
    ]);
    const { all } = await window.call('credentials.list', {});
    expect(keyFiles(folder)).toHaveLength(all);
    await expectNoDeadCredential(window);
  });

  test('at the moment of expiry', async () => {
    const clock = new TestClock();
    const { window, folder } = await startCore({ clock });
    const { id: enrolmentId } = await window.register('First key', FIRST);
    clock.time += 30 * 60_000 - 1;
    const commit = window.reply('enrol.commitFirst', { enrolmentId });
    clock.time += 1;
    await window.reply('enrol.get', { enrolmentId });
    const committed = await commit;
    expect(keyFiles(folder)).toHaveLength(committed.ok ? 1 : 0);
    if (committed.ok) await expectNoDeadCredential(window);
  });

  test('renamed at the moment of the commit: the name that is answered is the name that is stored', async () => {
    const { window } = await startCore();
    const { id: enrolmentId } = await window.register('Before', FIRST);
    const [renamed, committed] = await Promise.all([
      window.reply('enrol.rename', { enrolmentId, name: 'After' }),
      window.reply('enrol.commitFirst', { enrolmentId }),
    ]);
    expect(committed.ok).toBe(true);
    const [only] = (await window.call('credentials.list', {})).items;
    expect(only?.name).toBe(renamed.ok ? 'After' : 'Before');
  });
});

describe('registrations that overlap', () => {
  test('cancelled in the moment it begins: it ends, asks for nothing and leaves nothing', async () => {
    const { window, folder } = await startCore();
    await window.createFirst();
    const { id: enrolmentId } = await window.call('enrol.begin', { kind: 'software', name: 'Never' });
    window.seen.length = 0;
    const operationId = randomUUID();
    const running = window.call('enrol.register', { operationId, enrolmentId });
    await window.call('operations.cancel', { operationId });
    await refused(running, 'authenticator.cancelled');
    expect(window.seen.map((status) => status.phase)).not.toContain('pin');
    await window.call('enrol.cancel', { enrolmentId });
    expect(keyFiles(folder)).toHaveLength(1);
  });

  test('given up in the moment it begins: nothing is left', async () => {
    const { window, folder } = await startCore();
    await window.createFirst();
    const { id: enrolmentId } = await window.call('enrol.begin', { kind: 'software', name: 'Never' });
    const running = window.reply('enrol.register', { operationId: randomUUID(), enrolmentId });
    await window.call('enrol.cancel', { enrolmentId });
    expect((await running).ok).toBe(false);
    expect(keyFiles(folder)).toHaveLength(1);
  });

  test('three at once: one registers, and its key is the one that signs', async () => {
    const { window, folder } = await startCore();
    const { id: enrolmentId } = await window.call('enrol.begin', {
      kind: 'software',
      name: 'First key',
      ...FIRST,
    });
    const replies = await Promise.all(
      [1, 2, 3].map(() => window.reply('enrol.register', { operationId: randomUUID(), enrolmentId })),
    );
    expect(ok(replies).filter(Boolean)).toHaveLength(1);
    const { credential } = await window.call('enrol.commitFirst', { enrolmentId });
    expect(keyFiles(folder)).toHaveLength(1);
    await window.call('session.signOut', {});
    expect((await window.signIn(credential.id)).credentialId).toBe(credential.id);
  });

  test('a first run that another window has finished cannot go on', async () => {
    const { core, window } = await startCore();
    const other = new Window(core);
    const { id: enrolmentId } = await other.call('enrol.begin', { kind: 'software', name: 'Late', ...FIRST });
    await window.createFirst();
    await refused(
      other.call('enrol.register', { operationId: randomUUID(), enrolmentId }),
      'input.wrong_step',
    );
  });
});

describe('two windows and one key', () => {
  test('one that only holds a PIN prompt open gives way', async () => {
    const { core, window } = await startCore();
    const first = await window.createFirst();
    const idler = new Window(core);
    idler.behaviour = { pin: () => null };
    const { challengeId } = await idler.call('signIn.begin', {});
    const waiting = refused(idler.sign(challengeId, first.id), 'authenticator.busy');
    await expect.poll(() => idler.seen.at(-1)?.phase).toBe('pin');
    expect((await window.signIn(first.id)).credentialId).toBe(first.id);
    await waiting;
  });

  test('one that has given the PIN is not disturbed, neither by a signature nor by a reconnect', async () => {
    const { core, window } = await startCore();
    const first = await window.createFirst();
    window.behaviour = { touch: () => false };
    const { challengeId } = await window.call('signIn.begin', {});
    const signing = window.sign(challengeId, first.id);
    await expect.poll(() => window.seen.at(-1)?.phase).toBe('touch');
    const other = new Window(core);
    await refused(other.signIn(first.id), 'authenticator.busy');
    await refused(other.call('authenticators.reconnect', { credentialId: first.id }), 'authenticator.busy');
    const operationId = window.seen.at(-1)?.operationId ?? '';
    await window.call('authenticators.touch', { operationId });
    expect((await signing).id).toBeTruthy();
  });

  test('eight wrong PINs lock a key for good, whoever gives them and however often it is reconnected', async () => {
    const { window } = await startCore();
    const first = await window.createFirst();
    await window.createNext('Second key', first.id);
    window.behaviour = { pin: () => 'wrong PIN' };
    const codes: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      await window.call('authenticators.reconnect', { credentialId: first.id });
      const { challengeId } = await window.call('signIn.begin', {});
      const reply = await window.reply('authenticators.sign', {
        operationId: randomUUID(),
        challengeId,
        credentialId: first.id,
      });
      codes.push(reply.ok ? 'ok' : reply.error.code);
    }
    expect(codes).toEqual([
      'authenticator.pin_soft_locked',
      'authenticator.pin_soft_locked',
      'authenticator.pin_locked',
      'authenticator.pin_locked',
    ]);
    window.behaviour = { pin: () => PIN };
    await refused(window.signIn(first.id), 'authenticator.pin_locked');
  });
});

describe('after a crash', () => {
  test('a key file that was being written is tidied away at the next start', async () => {
    const { core, folder, window } = await startCore();
    await window.createFirst();
    await core.close();
    const left = `${randomUUID()}.swkey.0123456789abcdef.tmp`;
    mkdirSync(join(folder, 'software-keys'), { recursive: true });
    writeFileSync(join(folder, 'software-keys', left), 'half');
    await startCore({ folder });
    expect(keyFiles(folder)).toHaveLength(1);
    expect(keyFiles(folder)).not.toContain(left);
  });
});

describe('a clock that is set back', () => {
  test('before the challenge was made: its age cannot be told, so it is refused', async () => {
    const clock = new TestClock();
    const { window } = await startCore({ clock });
    const first = await window.createFirst();
    const second = await window.createNext('Second key', first.id);
    const action = await window.call('actions.begin', { request: stateRequest(second.id, 'inactive') });
    const assertion = await window.sign(action.challengeId, first.id);
    clock.time -= 1;
    const { actionId, request } = action;
    await refused(window.call('actions.commit', { actionId, request, assertion }), 'auth.challenge_expired');
  });
});
