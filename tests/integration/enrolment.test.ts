import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PIN, refused, startCore, TestClock, Window } from '../support/core.ts';

const keyFiles = (folder: string) => {
  try {
    return readdirSync(join(folder, 'software-keys')).filter((name) => name.endsWith('.swkey'));
  } catch {
    return [];
  }
};

describe('the first credential', () => {
  test('makes workspace, person and credential at once, and signs the person in', async () => {
    const { window, folder } = await startCore();
    expect((await window.call('app.status', {})).workspace).toBeNull();
    const credential = await window.createFirst('First key');
    expect(credential).toMatchObject({
      name: 'First key',
      kind: 'software',
      state: 'active',
      lastActive: true,
    });
    expect(credential.model).toBe('Software security key');
    const status = await window.call('app.status', {});
    expect(status.workspace).toMatchObject({ name: 'Test workspace', rpId: 'localhost' });
    expect(status.session).toMatchObject({ personName: 'Sample Person', credentialId: credential.id });
    expect(keyFiles(folder)).toHaveLength(1);
    expect(window.seen.map((status) => status.phase)).toContain('touch');
  });

  test('is the only one that needs no signature', async () => {
    const { window } = await startCore();
    await window.createFirst();
    const first = { person: 'Other', workspace: 'Other' };
    await refused(
      window.call('enrol.begin', { kind: 'software', name: 'Two', ...first }),
      'input.wrong_step',
    );
    const second = await window.register('Second key');
    await refused(window.call('enrol.commitFirst', { enrolmentId: second.id }), 'input.wrong_step');
    expect((await window.call('credentials.list', {})).all).toBe(1);
  });

  test('of two windows that both set up, the second to finish is refused', async () => {
    const { core, window } = await startCore();
    const other = new Window(core);
    const mine = await window.register('Mine', { person: 'A', workspace: 'A' });
    const theirs = await other.register('Theirs', { person: 'B', workspace: 'B' });
    await window.call('enrol.commitFirst', { enrolmentId: mine.id });
    await refused(other.call('enrol.commitFirst', { enrolmentId: theirs.id }), 'input.wrong_step');
    expect((await window.call('credentials.list', {})).items.map((c) => c.name)).toEqual(['Mine']);
  });

  test('needs the names of person and workspace', async () => {
    const { window } = await startCore();
    const error = await refused(window.call('enrol.begin', { kind: 'software', name: 'K' }), 'input.invalid');
    expect(error.details).toMatchObject({ field: 'person' });
  });
});

describe('a further credential', () => {
  test('is stored once an existing one has signed exactly it', async () => {
    const { window } = await startCore();
    const first = await window.createFirst();
    const second = await window.createNext('Backup', first.id);
    expect(second).toMatchObject({ name: 'Backup', state: 'active' });
    const { items, all, active } = await window.call('credentials.list', { sort: 'createdAt' });
    expect([items.length, all, active]).toEqual([2, 2, 2]);
    expect(items.every((item) => !item.lastActive)).toBe(true);
    const details = await window.call('credentials.get', { id: second.id });
    expect(details.history).toMatchObject([{ what: 'created', signedBy: 'First key' }]);
    expect(window.events).toContain('credentials.changed');
  });

  test('cannot sign its own creation', async () => {
    const { window } = await startCore();
    const first = await window.createFirst();
    const { request } = await window.register('Selfish');
    if (request?.operation !== 'credentials.create') throw new Error('no request');
    const action = await window.call('actions.begin', { request });
    const honest = await window.sign(action.challengeId, first.id);
    const { credentialId } = request.body;
    const assertion = { ...honest, id: credentialId, rawId: credentialId };
    await refused(
      window.call('actions.commit', { actionId: action.actionId, request: action.request, assertion }),
      'auth.self_signing',
    );
    expect((await window.call('credentials.list', {})).all).toBe(1);
  });

  test('must have a name of its own, without regard to case', async () => {
    const { window } = await startCore();
    await window.createFirst('Desk Key');
    const taken = await refused(
      window.call('enrol.begin', { kind: 'software', name: ' desk key ' }),
      'input.name_taken',
    );
    expect(taken.details).toMatchObject({ field: 'name' });
  });

  test.each([
    ['', 'empty'],
    [' \u200d ', 'empty'],
    ['x'.repeat(65), 'tooLong'],
    ['bell\u0007', 'controlCharacter'],
    ['evil\u202egnp', 'directionOverride'],
    ['half \ud800', 'notText'],
  ])('is refused with the name %j', async (name, problem) => {
    const { window } = await startCore();
    await window.createFirst();
    const error = await refused(window.call('enrol.begin', { kind: 'software', name }), 'input.name_invalid');
    expect(error.details).toEqual({ field: 'name', problem });
  });

  test('a name of 64 emoji is fine, and is kept in NFC', async () => {
    const { window } = await startCore();
    await window.createFirst();
    expect((await window.call('enrol.begin', { kind: 'software', name: '🔑'.repeat(64) })).name).toHaveLength(
      128,
    );
    const composed = await window.call('enrol.begin', { kind: 'software', name: 'Cle\u0301' });
    expect(composed.name).toBe('Clé');
  });

  test('needs a signed-in person', async () => {
    const { window } = await startCore();
    await window.createFirst();
    await window.call('session.signOut', {});
    await refused(window.call('enrol.begin', { kind: 'software', name: 'Two' }), 'auth.sign_in_required');
  });
});

describe('an enrolment that is not finished', () => {
  test('cancelled while the key waits for a touch: the operation ends and nothing is left', async () => {
    const { window, folder } = await startCore();
    const first = await window.createFirst();
    window.behaviour = { touch: () => false };
    const begun = await window.call('enrol.begin', { kind: 'software', name: 'Never' });
    const operationId = randomUUID();
    const running = window.call('enrol.register', { operationId, enrolmentId: begun.id });
    await expect.poll(() => window.seen.at(-1)?.phase).toBe('touch');
    await window.call('operations.cancel', { operationId });
    await refused(running, 'authenticator.cancelled');
    await window.call('enrol.cancel', { enrolmentId: begun.id });
    expect(keyFiles(folder)).toHaveLength(1);
    await refused(window.call('enrol.get', { enrolmentId: begun.id }), 'input.not_found');
    window.behaviour = {};
    await window.createNext('Never', first.id);
  });

  test('given up while the key waits for a touch: the key file is deleted, not written again', async () => {
    const { window, folder } = await startCore();
    await window.createFirst();
    window.behaviour = { touch: () => false };
    const begun = await window.call('enrol.begin', { kind: 'software', name: 'Never' });
    const running = window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
    const ended = refused(running, 'authenticator.cancelled');
    await expect.poll(() => window.seen.at(-1)?.phase).toBe('touch');
    await window.call('enrol.cancel', { enrolmentId: begun.id });
    await ended;
    expect(keyFiles(folder)).toHaveLength(1);
  });

  test('can be tried again with the same name and key', async () => {
    const { window } = await startCore();
    const first = await window.createFirst();
    const begun = await window.call('enrol.begin', { kind: 'software', name: 'Again' });
    window.behaviour = { touch: () => false };
    const operationId = randomUUID();
    const running = window.call('enrol.register', { operationId, enrolmentId: begun.id });
    await expect.poll(() => window.seen.at(-1)?.phase).toBe('touch');
    await window.call('operations.cancel', { operationId });
    await refused(running, 'authenticator.cancelled');
    window.behaviour = {};
    const done = await window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
    expect(done).toMatchObject({ state: 'registered', name: 'Again' });
    if (done.request === null) throw new Error('no request');
    expect((await window.act(done.request, first.id)).name).toBe('Again');
  });

  test('left by a crash between register and sign: nothing in the list, no key file, after the restart', async () => {
    const { core, window, folder } = await startCore();
    await window.createFirst();
    await window.register('Half made');
    expect(keyFiles(folder)).toHaveLength(2);
    await core.close();
    const again = await startCore({ folder });
    const { items: signers } = { items: (await again.window.call('signIn.begin', {})).signers };
    expect(signers.map((signer) => signer.name)).toEqual(['First key']);
    expect(keyFiles(folder)).toHaveLength(1);
  });

  test('belongs to its window only', async () => {
    const { core, window } = await startCore();
    const first = await window.createFirst();
    const enrolment = await window.register('Mine');
    const other = new Window(core);
    await other.signIn(first.id);
    await refused(other.call('enrol.get', { enrolmentId: enrolment.id }), 'input.not_found');
    if (enrolment.request === null) throw new Error('no request');
    await refused(other.call('actions.begin', { request: enrolment.request }), 'input.not_found');
  });

  test('expires', async () => {
    const clock = new TestClock();
    const { window, folder } = await startCore({ clock });
    await window.createFirst();
    const enrolment = await window.register('Slow');
    clock.time += 31 * 60_000;
    await refused(window.call('enrol.get', { enrolmentId: enrolment.id }), 'input.not_found');
    expect(keyFiles(folder)).toHaveLength(1);
  });

  test('a reload that registers again ends the operation before it', async () => {
    const { window } = await startCore();
    await window.createFirst();
    const begun = await window.call('enrol.begin', { kind: 'software', name: 'Reloaded' });
    window.behaviour = { touch: () => false };
    const before = window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
    const ended = refused(before, 'authenticator.cancelled');
    await expect.poll(() => window.seen.at(-1)?.phase).toBe('touch');
    window.behaviour = {};
    const after = await window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
    expect(after.state).toBe('registered');
    await ended;
  });
});

describe('the PIN', () => {
  test('three wrong ones lock the key until it is reconnected; tries are counted down', async () => {
    const { window } = await startCore();
    const first = await window.createFirst();
    const { challengeId } = await window.call('signIn.begin', {});
    await window.call('authenticators.reconnect', { credentialId: first.id });
    window.seen.length = 0;
    window.behaviour = { pin: () => 'wrong PIN' };
    await refused(window.sign(challengeId, first.id), 'authenticator.pin_soft_locked');
    const asked = window.seen.filter((status) => status.phase === 'pin').map((status) => status.pin);
    expect(asked.map((ask) => [ask?.problem, ask?.triesLeft])).toEqual([
      [null, 8],
      ['wrong', 7],
      ['wrong', 6],
    ]);
    window.behaviour = {};
    await refused(window.sign(challengeId, first.id), 'authenticator.pin_soft_locked');
    await window.call('authenticators.reconnect', { credentialId: first.id });
    expect((await window.signIn(first.id)).credentialName).toBe('First key');
  });

  test('is nowhere in the data folder, in events or in errors', async () => {
    const { window, folder } = await startCore();
    const secret = 'Tr0ub4dor-zebra';
    window.behaviour = { pin: () => secret };
    const first = await window.createFirst();
    window.behaviour = { pin: () => `${secret}x` };
    await window.call('authenticators.reconnect', { credentialId: first.id });
    const { challengeId } = await window.call('signIn.begin', {});
    const error = await refused(window.sign(challengeId, first.id), 'authenticator.pin_soft_locked');
    const shown = JSON.stringify([window.seen, error.toBody(), error.stack]);
    expect(shown).not.toContain(secret);
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(join(file.parentPath, file.name));
      expect(bytes.includes(secret), file.name).toBe(false);
    }
    expect(secret).not.toBe(PIN);
  });
});
