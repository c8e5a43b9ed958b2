import { randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSignedActions } from '../../main/actions/index.ts';
import { rename, setState } from '../../main/app/credential-actions.ts';
import { createCredential } from '../../main/app/enrol-commit.ts';
import { SecurityKeyWatch } from '../../main/app/security-key-watch.ts';
import { changeUserVerification } from '../../main/app/workspace-actions.ts';
import { createSecurityKeys, type SecurityKeys } from '../../main/authenticators/index.ts';
import { COMMAND } from '../../main/ctap/index.ts';
import { systemClock } from '../../main/platform/index.ts';
import { findCredential, findWorkspace, openStore, setUserVerification } from '../../main/store/index.ts';
import { createAuthenticationOptions } from '../../main/webauthn/index.ts';
import type { OperationStatus } from '../../shared/contract/index.ts';
import type { UserVerificationPolicy } from '../../shared/domain/index.ts';
import { PIN, refused, renameRequest, startCore, type Window } from '../support/core.ts';
import { changeInfo, type Layer } from '../support/keys/messages.ts';
import { freeAddresses, plugIn } from '../support/plugged-keys.ts';

/** The phases that a window saw, each once in a row. */
function phasesOf(window: Window, from = 0): string[] {
  const phases = window.seen.slice(from).map(({ phase }) => phase);
  return phases.filter((phase, index) => phase !== phases[index - 1]);
}

/** Waits until a status of this kind is shown. */
async function shown(window: Window, fits: (status: OperationStatus) => boolean): Promise<OperationStatus> {
  await expect.poll(() => window.seen.some(fits)).toBe(true);
  const status = window.seen.find(fits);
  if (status === undefined) throw new Error('no such status');
  return status;
}

const requireVerification = (userVerification: UserVerificationPolicy) =>
  ({
    operation: 'workspace.setUserVerification',
    method: 'PUT',
    resource: '/workspace/user-verification',
    body: { userVerification },
  }) as const;

describe('a security key', () => {
  test('is the first credential, signs for a second one, and signs in', async () => {
    const at = await freeAddresses();
    await plugIn(at, { persona: 'standard' });
    const { window } = await startCore({ simulators: [at] });
    const first = await window.createFirst('Key', 'securityKey');
    expect(first).toMatchObject({
      kind: 'securityKey',
      state: 'active',
      canVerifyUser: true,
      lastActive: true,
    });
    expect(phasesOf(window)).toEqual(['connecting', 'pin', 'working', 'touch', 'working']);
    const connecting = await shown(window, ({ phase }) => phase === 'connecting');
    expect(connecting.authenticator).toMatchObject({ software: false, simulated: true });
    const second = await window.createNext('Software', first.id);
    expect(second).toMatchObject({ kind: 'software', lastActive: false });
    await window.call('session.signOut', {});
    const session = await window.signIn(first.id);
    expect(session.credentialId).toBe(first.id);
  });

  test('is added with the signature of a software key, and switched off with its own', async () => {
    const at = await freeAddresses();
    const { window } = await startCore({ simulators: [at] });
    const first = await window.createFirst();
    await plugIn(at, { persona: 'ctap20' });
    const second = await window.createNext('Key', first.id, 'securityKey');
    const off = await window.setState(first.id, 'inactive', second.id);
    expect(off.state).toBe('inactive');
    const details = await window.call('credentials.get', { id: second.id });
    expect(details).toMatchObject({ attestationFormat: 'packed', transports: ['usb'], rpId: 'localhost' });
  });

  test('that holds one of the person’s passkeys already is refused, and the name is kept', async () => {
    const at = await freeAddresses();
    await plugIn(at, { persona: 'standard' });
    const { window } = await startCore({ simulators: [at] });
    await window.createFirst('Key', 'securityKey');
    const begun = await window.call('enrol.begin', { kind: 'securityKey', name: 'Again' });
    const again = window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
    await refused(again, 'authenticator.excluded');
    expect(await window.call('enrol.get', { enrolmentId: begun.id })).toMatchObject({
      state: 'named',
      name: 'Again',
    });
  });

  test('is waited for, and the ceremony goes on when it is plugged in', async () => {
    const at = await freeAddresses();
    const { window } = await startCore({ simulators: [at] });
    const running = window.createFirst('Key', 'securityKey');
    const waiting = await shown(window, ({ phase }) => phase === 'insert');
    expect(waiting).toMatchObject({ waitingFor: 'first', authenticator: null });
    await plugIn(at, { persona: 'standard' });
    expect((await running).kind).toBe('securityKey');
  });

  test('that is not plugged in can be cancelled', async () => {
    const { window } = await startCore({ simulators: [await freeAddresses()] });
    const who = { person: 'P', workspace: 'W' };
    const begun = await window.call('enrol.begin', { kind: 'securityKey', name: 'Key', ...who });
    const operationId = randomUUID();
    const running = window.call('enrol.register', { operationId, enrolmentId: begun.id });
    const ended = refused(running, 'authenticator.cancelled');
    await shown(window, ({ phase }) => phase === 'insert');
    await window.call('operations.cancel', { operationId });
    await ended;
  });

  test.each(['pin', 'touch'] as const)('pulled out in phase %s, it is waited for again', async (when) => {
    const at = await freeAddresses();
    const key = await plugIn(at, { persona: 'standard', touch: 'manual', onWaiting: () => atTouch() });
    let pulled = false;
    let atTouch = (): void => {
      if (when === 'touch' && !pulled) {
        pulled = true;
        void key.unplug();
      } else {
        key.touch();
      }
    };
    const { window } = await startCore({ simulators: [at] });
    window.behaviour = {
      pin: () => {
        if (when === 'pin' && !pulled) {
          pulled = true;
          void key.unplug();
          return null;
        }
        return PIN;
      },
    };
    const running = window.createFirst('Key', 'securityKey');
    const removed = await shown(window, ({ phase }) => phase === 'insert');
    expect(removed.waitingFor).toBe('removed');
    const { items } = await listOf(window);
    expect(items).toEqual([]);
    await key.plug();
    expect((await running).name).toBe('Key');
    atTouch = () => key.touch();
  });

  test('after three wrong PINs is waited for until it was reconnected, and then takes the right one', async () => {
    const at = await freeAddresses();
    const key = await plugIn(at, { persona: 'standard' });
    const { window } = await startCore({ simulators: [at] });
    const first = await window.createFirst('Key', 'securityKey');
    await window.call('session.signOut', {});
    let wrong = 0;
    window.behaviour = {
      pin: () => {
        wrong += 1;
        return wrong <= 3 ? 'nope nope' : PIN;
      },
    };
    const from = window.seen.length;
    const running = window.signIn(first.id);
    await expect.poll(() => window.seen.at(-1)?.waitingFor).toBe('softLocked');
    const asked = window.seen.slice(from).flatMap(({ pin }) => (pin === null ? [] : [pin.triesLeft]));
    expect(asked).toEqual([8, 7, 6]);
    await key.unplug();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await key.plug();
    expect((await running).credentialId).toBe(first.id);
    expect(window.seen.findLast(({ pin }) => pin !== null)?.pin?.triesLeft).toBe(5);
  });

  test('of several is chosen by touch', async () => {
    const [left, right] = [await freeAddresses(), await freeAddresses()];
    await plugIn(left, { persona: 'standard', touch: 'manual' });
    const second = await plugIn(right, {
      persona: 'standard',
      touch: 'manual',
      onWaiting: () => second.touch(),
    });
    const { window } = await startCore({ simulators: [left, right] });
    const first = await window.createFirst('Right', 'securityKey');
    const choice = await shown(window, ({ phase }) => phase === 'choose');
    expect(choice.candidates).toHaveLength(2);
    expect(choice.authenticator).toBeNull();
    // For a signature only the one that holds the passkey is asked: nothing has to be chosen.
    const from = window.seen.length;
    await window.call('session.signOut', {});
    await window.signIn(first.id);
    expect(phasesOf(window, from)).not.toContain('choose');
    expect(window.seen.at(-1)?.authenticator?.name).toContain(String(right.device.port));
  });

  test('that does not hold the passkey is passed over, until the right one is there', async () => {
    const [one, other] = [await freeAddresses(), await freeAddresses()];
    const right = await plugIn(one, { persona: 'standard' });
    const { window } = await startCore({ simulators: [one, other] });
    const first = await window.createFirst('Right', 'securityKey');
    await window.call('session.signOut', {});
    await right.unplug();
    await plugIn(other, { persona: 'standard' });
    const from = window.seen.length;
    const running = window.signIn(first.id);
    await expect.poll(() => window.seen.slice(from).at(-1)?.waitingFor).toBe('wrongKey');
    await right.plug();
    expect((await running).credentialId).toBe(first.id);
  });
});

describe('a PIN', () => {
  test('that was typed for one key is never given to another', async () => {
    const [one, other] = [await freeAddresses(), await freeAddresses()];
    const left = await plugIn(one, { persona: 'standard' });
    const { window } = await startCore({ simulators: [one, other] });
    const first = await window.createFirst('Left', 'securityKey');
    await plugIn(other, { persona: 'standard' });
    await window.call('session.signOut', {});
    const questions: string[] = [];
    let operationId = '';
    window.behaviour = {
      pin: (status) => {
        operationId = status.operationId;
        if (status.pin !== null) questions.push(status.pin.questionId);
        if (questions.length === 1) void left.unplug();
        return questions.length === 1 ? null : PIN;
      },
    };
    const from = window.seen.length;
    const running = window.signIn(first.id);
    await expect.poll(() => window.seen.at(-1)?.waitingFor).toBe('removed');
    // The other key is plugged in, and is not asked.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(questions).toHaveLength(1);
    await left.plug();
    await running;
    const asked = window.seen.slice(from).filter(({ pin }) => pin !== null);
    expect(new Set(asked.map(({ authenticator }) => authenticator?.name)).size).toBe(1);
    expect(questions).toHaveLength(2);
    // An answer to the first question, sent late, answers nothing.
    const late = { operationId, questionId: questions[0] ?? '', pin: PIN };
    await refused(window.call('authenticators.pin', late), 'input.wrong_step');
  });
});

describe('a fingerprint', () => {
  test('comes before the PIN, and is told', async () => {
    const at = await freeAddresses();
    const key = await plugIn(at, {
      persona: 'builtInUv',
      touch: 'manual',
      onWaiting: (what) => (what === 'finger' ? key.finger('ok') : key.touch()),
    });
    const { window } = await startCore({ simulators: [at] });
    await window.createFirst('Key', 'securityKey');
    expect(phasesOf(window)).not.toContain('pin');
    const verify = await shown(window, ({ phase }) => phase === 'verify');
    expect(verify.verification).toMatchObject({ failed: false, pinPossible: false });
    expect(window.seen.at(-1)?.verifiedBy).toBe('builtIn');
  });
});

describe('a key that knows only U2F', () => {
  test('is refused while the workspace requires user verification', async () => {
    const at = await freeAddresses();
    await plugIn(at, { persona: 'u2f' });
    const { window } = await startCore({ simulators: [at] });
    await refused(window.createFirst('Old key', 'securityKey'), 'authenticator.u2f_only');
  });

  test('registers and signs where it does not, and not any more when it does again', async () => {
    const at = await freeAddresses();
    await plugIn(at, { persona: 'u2f' });
    const { window } = await startCore({ simulators: [at] });
    const first = await window.createFirst();
    const relaxed = await window.signed(requireVerification('preferred'), first.id);
    expect(relaxed.credential).toBeNull();
    expect((await window.call('app.status', {})).workspace?.userVerification).toBe('preferred');
    expect(window.events).toContain('workspace.changed');

    const old = await window.createNext('Old key', first.id, 'securityKey');
    expect(old).toMatchObject({ canVerifyUser: false, model: 'Simulated: U2F security key' });
    const details = await window.call('credentials.get', { id: old.id });
    expect(details.attestationFormat).toBe('fido-u2f');
    await window.call('session.signOut', {});
    expect((await window.signIn(old.id)).credentialId).toBe(old.id);

    // It cannot require what it cannot do itself.
    await refused(window.signed(requireVerification('required'), old.id), 'auth.cannot_verify_user');
    await window.signed(requireVerification('required'), first.id);
    // Who signed in by a touch is signed out.
    expect((await window.call('app.status', {})).session).toBeNull();
    await window.signIn(first.id);
    const { signers } = await window.call('signIn.begin', {});
    expect(signers.find(({ id }) => id === old.id)?.unavailable).toBe('noUserVerification');
    await refused(window.signIn(old.id), 'auth.cannot_verify_user');
    // What cannot sign does not count: the other one is the last that can.
    await refused(window.setState(first.id, 'inactive', first.id), 'auth.last_credential');
    const off = await window.setState(old.id, 'inactive', first.id);
    expect(off.state).toBe('inactive');
  });
});

test('what was signed by a touch alone is not carried out once verification is required', async () => {
  const at = await freeAddresses();
  await plugIn(at, { persona: 'u2f' });
  const { core, window, folder } = await startCore({ simulators: [at] });
  const first = await window.createFirst();
  await window.signed(requireVerification('preferred'), first.id);
  const old = await window.createNext('Old key', first.id, 'securityKey');
  await core.close();

  const store = openStore({ folder, host: 'cli', now: Date.now() });
  onTestFinished(() => store.close());
  const actions = createSignedActions({
    store,
    clock: systemClock,
    handlers: {
      'credentials.create': createCredential,
      'credentials.setState': setState,
      'credentials.rename': rename,
      'workspace.setUserVerification': changeUserVerification,
    },
  });
  const before = await findWorkspace(store.db);
  if (before === undefined) throw new Error('no workspace');
  const who = {
    personId: old.personId,
    clientId: 'test',
    rpId: 'localhost',
    origin: 'http://localhost:4000',
  };
  const { action, challenge } = await actions.begin(who, before, renameRequest(old.id, 'Renamed'));
  const keys = createSecurityKeys({ udp: [at] });
  const [device] = await keys.list();
  const key = await keys.open(device?.id ?? '');
  const { credentialId } = await findCredential(store.db, old.id).then(
    (row) => row ?? { credentialId: null },
  );
  if (credentialId === null) throw new Error('no credential');
  const assertion = await key.getAssertion(
    await createAuthenticationOptions({
      rpId: who.rpId,
      challenge: challenge.challenge,
      allow: [{ credentialId, transports: [] }],
      userVerification: 'preferred',
      timeout: 60_000,
    }),
    who.origin,
    {
      signal: new AbortController().signal,
      status: () => undefined,
      askPin: () => Promise.reject(new Error('asked for a PIN')),
      askVerification: () => new AbortController().signal,
    },
  );
  await key.close();
  // The workspace changes between the moment it was read and the transaction.
  await setUserVerification(store.db, 'required');
  const request = renameRequest(old.id, 'Renamed');
  const late = actions.commit(who, before, { actionId: action.id, request, assertion });
  await refused(late, 'auth.user_verification_missing');
  expect((await findCredential(store.db, old.id))?.name).toBe('Old key');
});

test('a key of CTAP2 that can verify nobody does not count where verification is required', async () => {
  const at = await freeAddresses();
  const without: Layer = (_context, inner) => async (message, running) => {
    const answer = await inner(message, running);
    return message[0] === COMMAND.getInfo
      ? changeInfo(answer, { options: { clientPin: undefined } })
      : answer;
  };
  await plugIn(at, { persona: 'standard', layers: [without] });
  const { window } = await startCore({ simulators: [at] });
  const first = await window.createFirst();
  await window.signed(requireVerification('preferred'), first.id);
  const plain = await window.createNext('Plain key', first.id, 'securityKey');
  expect(plain.canVerifyUser).toBe(false);
  await window.signed(requireVerification('required'), first.id);
  await refused(window.setState(first.id, 'inactive', first.id), 'auth.last_credential');
});

test('a window that is gone before its first look leaves no watch behind', async () => {
  const at = await freeAddresses();
  const keys = createSecurityKeys({ udp: [at] });
  let watching = 0;
  const counted: SecurityKeys = {
    ...keys,
    watch(listener) {
      watching += 1;
      const stop = keys.watch(listener);
      return () => {
        watching -= 1;
        stop();
      };
    },
  };
  const watch = new SecurityKeyWatch(counted, null, () => undefined);
  const seen = watch.watch('window');
  expect(watching).toBe(1);
  watch.unwatch('window');
  expect(await seen).toEqual({ devices: [], permissionCommand: null });
  expect(watching).toBe(0);
});

describe('a window that watches', () => {
  test('is told within a second what was plugged in and pulled out, and then no more', async () => {
    const at = await freeAddresses();
    const { core, window } = await startCore({ simulators: [at] });
    const told: number[] = [];
    core.subscribe((event) => {
      if (event.event === 'securityKeys.changed') told.push(event.payload.devices.length);
    });
    expect(await window.call('securityKeys.watch', {})).toMatchObject({ devices: [] });
    const key = await plugIn(at, { persona: 'standard' });
    await expect.poll(() => told).toEqual([1]);
    await key.unplug();
    await expect.poll(() => told).toEqual([1, 0]);
    await window.call('securityKeys.unwatch', {});
    await key.plug();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(told).toEqual([1, 0]);
  });
});

async function listOf(window: Window): Promise<{ items: unknown[] }> {
  const { session } = await window.call('app.status', {});
  return session === null ? { items: [] } : window.call('credentials.list', {});
}
