import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { PIN } from '../support/core.ts';
import { answerTo, type Browser, knock, launched, openHost } from './web-host-browser.ts';

describe('the event socket', () => {
  it('is refused without a cookie or a key, to other origins and hosts, and on other paths', async () => {
    const { host, port } = await openHost();
    const { cookie, key, origin } = await launched(host);
    expect(await knock(port, { origin }, { key })).toBe(401);
    expect(await knock(port, { origin, cookie: `keywright_${port}=${'A'.repeat(43)}` }, { key })).toBe(401);
    expect(await knock(port, { origin, cookie })).toBe(401);
    expect(await knock(port, { origin, cookie }, { key: 'A'.repeat(43) })).toBe(401);
    expect(await knock(port, { origin, cookie }, { key: (await launched(host)).key })).toBe(401);
    expect(await knock(port, { origin, cookie, 'x-keywright-key': key })).toBe(401);
    expect(await knock(port, { cookie }, { key })).toBe(403);
    expect(await knock(port, { cookie, origin: 'http://localhost:1' }, { key })).toBe(403);
    expect(await knock(port, { cookie, origin: 'http://evil.test' }, { key })).toBe(403);
    expect(await knock(port, { cookie, origin, host: `127.0.0.1:${port}` }, { key })).toBe(403);
    expect(await knock(port, { cookie, origin, 'sec-fetch-site': 'same-site' }, { key })).toBe(403);
    expect(await knock(port, { cookie, origin }, { key, path: '/' })).toBe(404);
  });

  it('agrees to a subprotocol, but never to the one that holds the key', async () => {
    const { host } = await openHost();
    const { socket } = await (await launched(host)).listen();
    expect(socket.protocol).toBe('keywright');
  });

  it('closes when a page sends something', async () => {
    const { host } = await openHost();
    const events = await (await launched(host)).listen();
    events.socket.send('hello');
    expect(await events.closed()).toBe(1008);
  });

  it('closes with the host', async () => {
    const { host } = await openHost();
    const events = await (await launched(host)).listen();
    const closed = events.closed();
    await host.close();
    expect(await closed).toBe(1001);
  });
});

describe('two browsers', () => {
  it('are two clients: own events, own session', async () => {
    const { host } = await openHost();
    const [ada, ben] = [await launched(host), await launched(host)];
    const [toAda, toBen] = [await ada.listen(), await ben.listen()];

    const begun = await ada.call('enrol.begin', {
      kind: 'software',
      name: 'First key',
      person: 'Sample Person',
      workspace: 'Test workspace',
    });
    const operationId = randomUUID();
    const registering = ada.call('enrol.register', { operationId, enrolmentId: begun.value.id });
    const phase = (name: string) => (frame: { payload: Record<string, unknown> }) =>
      frame.payload.phase === name;
    const questionId = await toAda.pinQuestion();
    // Knowing the id is not enough: the operation is another client's.
    expect((await ben.call('authenticators.pin', { operationId, questionId, pin: PIN })).error.code).toBe(
      'input.wrong_step',
    );
    await ada.call('authenticators.pin', { operationId, questionId, pin: PIN });
    await toAda.next(phase('touch'));
    await ada.call('authenticators.touch', { operationId });
    expect((await registering).ok).toBe(true);
    expect((await ada.call('enrol.commitFirst', { enrolmentId: begun.value.id })).ok).toBe(true);

    await toBen.next((frame) => frame.event === 'credentials.changed');
    await toAda.next((frame) => frame.event === 'credentials.changed');
    expect(new Set(toBen.names())).toEqual(new Set(['credentials.changed']));
    expect(toAda.names()).toContain('session.changed');
    expect((await ada.call('app.status', {})).value.session.personName).toBe('Sample Person');
    expect((await ben.call('app.status', {})).value.session).toBeNull();
    expect((await ben.call('credentials.list', {})).error.code).toBe('auth.sign_in_required');
  });
});

describe('a page that goes away', () => {
  /** An operation that waits for a PIN takes one; one that is over does not. */
  const isOver = async (
    browser: Browser,
    asked: { operationId: string; questionId: string },
  ): Promise<void> => {
    const reply = await browser.call('authenticators.pin', { ...asked, pin: '' });
    expect(reply).toMatchObject({ ok: false, error: { code: 'input.wrong_step' } });
  };

  it('cancels the operation whose call it broke off', async () => {
    const { host } = await openHost();
    const browser = await launched(host);
    const events = await browser.listen();
    const { running, ...asked } = await browser.startRegistration(events);
    running.destroy();
    await vi.waitFor(() => isOver(browser, asked), { timeout: 10_000 });
  });

  it('cancels everything of its browser once the last socket is closed, and still knows it', async () => {
    const { host } = await openHost({ goneAfter: 0 });
    const browser = await launched(host);
    const events = await browser.listen();
    const { running } = await browser.startRegistration(events);
    const answered = answerTo(running);
    events.socket.close();
    expect(JSON.parse((await answered).text).error.code).toBe('authenticator.cancelled');
    expect((await browser.call('app.status', {})).ok).toBe(true);
  });

  it('cancels nothing while another tab of the browser is open', async () => {
    const { host } = await openHost({ goneAfter: 0 });
    const browser = await launched(host);
    const [events, otherTab] = [await browser.listen(), await browser.listen()];
    const { operationId, questionId, running } = await browser.startRegistration(events);
    const answered = answerTo(running);
    const closed = otherTab.closed();
    otherTab.socket.close();
    await closed;
    await browser.call('authenticators.pin', { operationId, questionId, pin: PIN });
    await events.next((frame) => frame.payload.phase === 'touch');
    await browser.call('authenticators.touch', { operationId });
    expect(JSON.parse((await answered).text).ok).toBe(true);
  });
});
