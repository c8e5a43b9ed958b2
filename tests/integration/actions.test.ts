import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { entryHolds } from '../../main/actions/index.ts';
import type { ActionChallenge, ActionRequest } from '../../shared/contract/index.ts';
import { fromBase64url, toBase64url } from '../../shared/domain/index.ts';
import { refused, renameRequest, startCore, stateRequest, TestClock, Window } from '../support/core.ts';

async function twoCredentials(clock?: TestClock) {
  const started = await startCore(clock === undefined ? {} : { clock });
  const first = await started.window.createFirst();
  const second = await started.window.createNext('Second key', first.id);
  return { ...started, first, second };
}

const commit = async (window: Window, action: ActionChallenge, request: ActionRequest, signerId: string) =>
  window.call('actions.commit', {
    actionId: action.actionId,
    request,
    assertion: await window.sign(action.challengeId, signerId),
  });

/** Reads the store beside the running core, as a curious person would. */
function peek<T>(folder: string, sql: string): T[] {
  const db = new Database(join(folder, 'keywright.sqlite'), { readonly: true });
  const rows = db.prepare<[], T>(sql).all();
  db.close();
  return rows;
}

describe('switching a credential off and on', () => {
  test('is signed, shown in words before, and in the history after', async () => {
    const { window, first, second } = await twoCredentials();
    const action = await window.call('actions.begin', { request: stateRequest(second.id, 'inactive') });
    expect(action).toMatchObject({
      personName: 'Sample Person',
      workspaceName: 'Test workspace',
      target: { name: 'Second key', kind: 'software' },
    });
    expect(action.signers.map((signer) => signer.name).sort()).toEqual(['First key', 'Second key']);
    const off = await commit(window, action, action.request, first.id);
    expect(off.credential?.state).toBe('inactive');
    const on = await window.setState(second.id, 'active', first.id);
    expect(on.state).toBe('active');
    const { history } = await window.call('credentials.get', { id: second.id });
    expect(history.map((entry) => [entry.what, entry.signedBy])).toEqual([
      ['activated', 'First key'],
      ['deactivated', 'First key'],
      ['created', 'First key'],
    ]);
  });

  test('the last active one stays on', async () => {
    const { window, first, second } = await twoCredentials();
    await window.setState(second.id, 'inactive', first.id);
    const list = await window.call('credentials.list', {});
    expect(list.items.find((item) => item.id === first.id)?.lastActive).toBe(true);
    await refused(
      window.call('actions.begin', { request: stateRequest(first.id, 'inactive') }),
      'auth.last_credential',
    );
  });

  test('two that were begun together cannot switch off the last two', async () => {
    const { window, first, second } = await twoCredentials();
    const one = await window.call('actions.begin', { request: stateRequest(first.id, 'inactive') });
    const two = await window.call('actions.begin', { request: stateRequest(second.id, 'inactive') });
    const signedTwo = await window.sign(two.challengeId, first.id);
    const signedOne = await window.sign(one.challengeId, second.id);
    const results = await Promise.all([
      window.reply('actions.commit', { actionId: one.actionId, request: one.request, assertion: signedOne }),
      window.reply('actions.commit', { actionId: two.actionId, request: two.request, assertion: signedTwo }),
    ]);
    expect(results.filter((reply) => reply.ok)).toHaveLength(1);
    expect((await window.call('credentials.list', {})).active).toBe(1);
  });

  test('an inactive credential cannot sign, sign in, or be made to', async () => {
    const { window, first, second } = await twoCredentials();
    const early = await window.call('actions.begin', { request: renameRequest(first.id, 'Renamed') });
    const assertion = await window.sign(early.challengeId, second.id);
    await window.setState(second.id, 'inactive', first.id);
    const late = { actionId: early.actionId, request: early.request, assertion };
    await refused(window.call('actions.commit', late), 'auth.credential_inactive');
    await refused(window.signIn(second.id), 'auth.credential_inactive');
    const { signers } = await window.call('signIn.begin', {});
    expect(signers.find((signer) => signer.id === second.id)?.unavailable).toBe('inactive');
  });

  test('the one a window signed in with: it goes on with the one that signed', async () => {
    const { core, window, first, second } = await twoCredentials();
    const other = new Window(core);
    await other.signIn(first.id);
    await window.setState(first.id, 'inactive', second.id);
    expect((await window.call('app.status', {})).session?.credentialId).toBe(second.id);
    expect((await other.call('app.status', {})).session).toBeNull();
  });

  test('doing what is already so is refused', async () => {
    const { window, first } = await twoCredentials();
    await refused(
      window.call('actions.begin', { request: stateRequest(first.id, 'active') }),
      'input.no_change',
    );
    await refused(
      window.call('actions.begin', { request: stateRequest(randomUUID(), 'inactive') }),
      'input.not_found',
    );
  });
});

describe('what is signed is what is stored', () => {
  test.each<[string, (request: ActionRequest, other: string) => ActionRequest]>([
    [
      'another name by one letter',
      (request) => ({ ...renameRequest('', 'Desk Kez'), resource: request.resource }) as ActionRequest,
    ],
    ['another credential', (_, other) => renameRequest(other, 'Desk Key')],
    ['another operation', (_, other) => stateRequest(other, 'inactive')],
  ])('a request with %s is refused, and the challenge is gone', async (_, tamper) => {
    const { window, first, second } = await twoCredentials();
    const action = await window.call('actions.begin', { request: renameRequest(second.id, 'Desk Key') });
    await refused(commit(window, action, tamper(action.request, first.id), first.id), 'auth.action_mismatch');
    const assertion = { actionId: action.actionId, request: action.request };
    const names = (await window.call('credentials.list', { sort: 'name' })).items.map((item) => item.name);
    expect(names.sort()).toEqual(['First key', 'Second key']);
    await refused(window.sign(action.challengeId, first.id), 'auth.challenge_used');
    expect(assertion.actionId).toBe(action.actionId);
  });

  test('a created credential with one byte of its key changed is refused', async () => {
    const { window, first } = await twoCredentials();
    const { request } = await window.register('Third');
    if (request?.operation !== 'credentials.create') throw new Error('no request');
    const key = fromBase64url(request.body.publicKey);
    key[key.length - 1] = (key.at(-1) ?? 0) ^ 1;
    const forged = { ...request, body: { ...request.body, publicKey: toBase64url(key) } };
    await refused(window.call('actions.begin', { request: forged }), 'auth.action_mismatch');
    const action = await window.call('actions.begin', { request });
    await refused(commit(window, action, forged, first.id), 'auth.action_mismatch');
    expect((await window.call('credentials.list', {})).all).toBe(2);
  });

  test('the name cannot change between signature and store', async () => {
    const { window, first } = await twoCredentials();
    const enrolment = await window.register('Honest');
    if (enrolment.request === null) throw new Error('no request');
    const action = await window.call('actions.begin', { request: enrolment.request });
    const assertion = await window.sign(action.challengeId, first.id);
    await window.call('enrol.rename', { enrolmentId: enrolment.id, name: 'Changed' });
    await refused(
      window.call('actions.commit', { actionId: action.actionId, request: action.request, assertion }),
      'auth.action_mismatch',
    );
  });

  test('an assertion of one action does not serve another', async () => {
    const { window, first, second } = await twoCredentials();
    const one = await window.call('actions.begin', { request: renameRequest(second.id, 'One') });
    const two = await window.call('actions.begin', { request: renameRequest(second.id, 'Two') });
    const assertion = await window.sign(one.challengeId, first.id);
    await refused(
      window.call('actions.commit', { actionId: two.actionId, request: two.request, assertion }),
      'auth.challenge_mismatch',
    );
  });

  test('a signature with one bit changed is refused', async () => {
    const { window, first, second } = await twoCredentials();
    const action = await window.call('actions.begin', { request: renameRequest(second.id, 'One') });
    const assertion = await window.sign(action.challengeId, first.id);
    const signature = fromBase64url(assertion.response.signature);
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const forged = { ...assertion, response: { ...assertion.response, signature: toBase64url(signature) } };
    await refused(
      window.call('actions.commit', {
        actionId: action.actionId,
        request: action.request,
        assertion: forged,
      }),
      'auth.signature_invalid',
    );
  });

  test('twice is refused: a challenge is used once, even by two answers at the same time', async () => {
    const { window, first, second } = await twoCredentials();
    const action = await window.call('actions.begin', { request: renameRequest(second.id, 'Once') });
    const assertion = await window.sign(action.challengeId, first.id);
    const input = { actionId: action.actionId, request: action.request, assertion };
    const replies = await Promise.all([
      window.reply('actions.commit', input),
      window.reply('actions.commit', input),
    ]);
    expect(replies.filter((reply) => reply.ok)).toHaveLength(1);
    await refused(window.call('actions.commit', input), 'auth.challenge_used');
  });

  test('an expired challenge is refused, before and after the signature', async () => {
    const clock = new TestClock();
    const { window, first, second } = await twoCredentials(clock);
    const action = await window.call('actions.begin', { request: renameRequest(second.id, 'Late') });
    const assertion = await window.sign(action.challengeId, first.id);
    clock.time += 5 * 60_000;
    await refused(window.sign(action.challengeId, first.id), 'auth.challenge_expired');
    await refused(
      window.call('actions.commit', { actionId: action.actionId, request: action.request, assertion }),
      'auth.challenge_expired',
    );
  });

  test('a challenge is worth nothing in another window or for another purpose', async () => {
    const { core, window, first, second } = await twoCredentials();
    const other = new Window(core);
    await other.signIn(first.id);
    const action = await window.call('actions.begin', { request: renameRequest(second.id, 'Mine') });
    await refused(other.sign(action.challengeId, first.id), 'auth.challenge_mismatch');
    const assertion = await window.sign(action.challengeId, first.id);
    await refused(
      other.call('actions.commit', { actionId: action.actionId, request: action.request, assertion }),
      'auth.challenge_mismatch',
    );
    await refused(
      window.call('signIn.commit', { challengeId: action.challengeId, assertion }),
      'auth.challenge_mismatch',
    );
  });
});

describe('the audit log', () => {
  test('holds every change with the assertion that authorised it, in one unbroken chain', async () => {
    const { window, folder, first, second } = await twoCredentials();
    await window.act(renameRequest(second.id, 'Renamed'), first.id);
    await window.setState(second.id, 'inactive', first.id);
    await window.signIn(first.id);
    const rows = peek<{ kind: string; entry: string; hash: Buffer; previous_hash: Buffer }>(
      folder,
      'SELECT * FROM audit ORDER BY sequence',
    );
    expect(rows.map((row) => row.kind)).toEqual(['workspaceCreated', 'action', 'action', 'action', 'signIn']);
    let previous: Uint8Array = new Uint8Array(32);
    for (const { entry, hash, previous_hash: previousHash } of rows) {
      expect(entryHolds({ entry, hash, previousHash }, previous)).toBe(true);
      previous = hash;
    }
    const signed = rows
      .slice(1)
      .map((row) => JSON.parse(row.entry) as { signature: { signature: string } | null });
    expect(signed.every((entry) => (entry.signature?.signature.length ?? 0) > 80)).toBe(true);
  });

  test('records a counter that went back, and the sign-in is refused', async () => {
    const { core, window, folder, first } = await twoCredentials();
    await core.close();
    const db = new Database(join(folder, 'keywright.sqlite'));
    db.prepare('UPDATE credential SET sign_count = 1000 WHERE id = ?').run(first.id);
    db.close();
    const again = await startCore({ folder });
    const error = await refused(again.window.signIn(first.id), 'auth.counter_regressed');
    expect(error.details).toMatchObject({ stored: 1000 });
    const kinds = peek<{ kind: string }>(folder, 'SELECT kind FROM audit ORDER BY sequence');
    expect(kinds.at(-1)?.kind).toBe('counterRegressed');
    expect(window.core).toBe(core);
  });
});

describe('after a restart', () => {
  test('everything is still there, and one has to sign in again', async () => {
    const { core, window, folder, first, second } = await twoCredentials();
    await window.setState(second.id, 'inactive', first.id);
    await core.close();
    const again = await startCore({ folder });
    await refused(again.window.call('credentials.list', {}), 'auth.sign_in_required');
    expect((await again.window.signIn(first.id)).personName).toBe('Sample Person');
    const { items } = await again.window.call('credentials.list', { sort: 'name', direction: 'ascending' });
    expect(items.map((item) => [item.name, item.state])).toEqual([
      ['First key', 'active'],
      ['Second key', 'inactive'],
    ]);
  });
});

describe('what was never carried out', () => {
  test('is swept at a later start; what was carried out stays', async () => {
    const clock = new TestClock();
    const { core, window, folder, first, second } = await twoCredentials(clock);
    await window.call('actions.begin', { request: renameRequest(second.id, 'Never signed') });
    await window.call('signIn.begin', {});
    const count = (table: string) => peek<{ n: number }>(folder, `SELECT count(*) AS n FROM ${table}`)[0]?.n;
    expect([count('action'), count('challenge')]).toEqual([2, 5]);
    await core.close();
    clock.time += 24 * 60 * 60_000;
    const again = await startCore({ folder, clock });
    expect([count('action'), count('challenge')]).toEqual([1, 1]);
    expect((await again.window.signIn(first.id)).credentialName).toBe('First key');
  });
});

describe('the list', () => {
  test('is searched, filtered, sorted and paged in the store', async () => {
    const { window, first, second } = await twoCredentials();
    await window.act(renameRequest(second.id, 'Übung 100%'), first.id);
    const names = async (input: Parameters<typeof window.call<'credentials.list'>>[1]) =>
      (await window.call('credentials.list', input)).items.map((item) => item.name);
    expect(await names({ query: 'übung' })).toEqual(['Übung 100%']);
    expect(await names({ query: '100%' })).toEqual(['Übung 100%']);
    expect(await names({ query: '%' })).toEqual(['Übung 100%']);
    expect(await names({ query: first.fingerprint.slice(0, 12) })).toEqual(['First key']);
    expect(await names({ sort: 'name', direction: 'ascending' })).toEqual(['First key', 'Übung 100%']);
    expect(await names({ sort: 'name', direction: 'ascending', offset: 1, limit: 1 })).toEqual([
      'Übung 100%',
    ]);
    expect(await names({ state: 'inactive' })).toEqual([]);
    expect(await window.call('credentials.list', { query: 'nothing like it' })).toMatchObject({
      total: 0,
      all: 2,
      active: 2,
    });
  });
});

describe('bad input at the door', () => {
  test.each([
    ['app.nonsense', {}, 'input.unknown_procedure'],
    ['toString', {}, 'input.unknown_procedure'],
    ['credentials.get', { id: 'not a uuid' }, 'input.invalid'],
    ['credentials.list', { limit: 1e9 }, 'input.invalid'],
    ['credentials.list', null, 'input.invalid'],
    ['credentials.list', { extra: 1 }, 'input.invalid'],
    ['signIn.commit', { challengeId: randomUUID(), assertion: { id: '***' } }, 'input.invalid'],
  ])('%s %j is a typed error', async (name, input, code) => {
    const { core, window } = await startCore();
    await window.createFirst();
    const reply = await core.call(window.caller, name, input);
    expect(reply).toMatchObject({
      ok: false,
      error: { code, message: expect.any(String), hint: expect.any(String) },
    });
  });

  test('more than 1 MiB is refused before it is looked at', async () => {
    const { core, window } = await startCore();
    expect(await core.call(window.caller, 'app.status', {}, 1024 * 1024 + 1)).toMatchObject({
      ok: false,
      error: { code: 'input.too_large' },
    });
  });

  test('a page of another origin gets no challenge', async () => {
    const { core, window } = await startCore();
    await window.createFirst();
    const elsewhere = { ...window.caller, origin: 'https://example.org' };
    expect(await core.call(elsewhere, 'signIn.begin', {})).toMatchObject({
      ok: false,
      error: { code: 'auth.origin_mismatch' },
    });
  });
});
