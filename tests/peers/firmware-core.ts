import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest';
import { createCore } from '../../main/app/index.ts';
import type { OperationStatus } from '../../shared/contract/index.ts';
import type { CredentialKind } from '../../shared/domain/index.ts';
import { refused, PIN as SOFTWARE_PIN, Window } from '../support/core.ts';
import { tempFolder } from '../support/temp.ts';
import { infoNow, needsPin, needsRestart, PIN, restart, simulator } from './firmware.ts';

const WRONG = '864209';
const FIRST = { person: 'Ada Lovelace', workspace: 'Firmware' };

/** A window on a core of its own that sees the simulator and no other key; closed when the test has ended. */
async function openWindow(context: TestContext): Promise<Window> {
  const core = await createCore({ dataFolder: tempFolder(), host: 'web', simulators: [simulator()] });
  onTestFinished(() => core.close());
  const window = new Window(core);
  const { devices } = await window.call('securityKeys.watch', {});
  context.skip(devices.length !== 1, 'another security key is plugged in');
  expect(devices).toMatchObject([{ transport: 'simulator', problem: null }]);
  answer(window, []);
  return window;
}

/** Types these PINs on the simulator one after the other, and the right one from then on. */
function answer(window: Window, pins: string[]): void {
  const left = [...pins];
  window.behaviour.pin = ({ authenticator }) =>
    authenticator?.simulated === true ? (left.shift() ?? PIN) : SOFTWARE_PIN;
}

async function enrol(window: Window, kind: CredentialKind, name: string, first?: typeof FIRST) {
  const begun = await window.call('enrol.begin', { kind, name, ...first });
  return window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
}

async function enrolFirst(window: Window, kind: CredentialKind, name: string) {
  const enrolled = await enrol(window, kind, name, FIRST);
  return (await window.call('enrol.commitFirst', { enrolmentId: enrolled.id })).credential;
}

/** A further credential, whose creation `signer` signs. */
async function enrolNext(window: Window, kind: CredentialKind, name: string, signer: string) {
  const { request } = await enrol(window, kind, name);
  if (request === null) throw new Error('no request to sign');
  const made = await window.act(request, signer);
  if (made === null) throw new Error('nothing was made');
  return made;
}

/** What was asked for a PIN, in order. */
function asks(seen: readonly OperationStatus[]) {
  return seen.flatMap(({ pin }) => (pin === null ? [] : [pin]));
}

export function wholeCore(): void {
  describe('the whole application', () => {
    it('sets up with the simulator, enrols a second credential that it signs, and signs in', async (context) => {
      const { options } = await infoNow();
      context.skip(options.clientPin === undefined, 'the firmware says that it has no PIN');
      const window = await openWindow(context);
      const first = await enrolFirst(window, 'securityKey', 'Key');
      expect(first).toMatchObject({
        kind: 'securityKey',
        state: 'active',
        canVerifyUser: true,
        lastActive: true,
      });
      expect(asks(window.seen)).toMatchObject([{ ask: options.clientPin ? 'enter' : 'set', problem: null }]);
      expect(window.seen.map(({ authenticator }) => authenticator?.simulated ?? true)).not.toContain(false);
      expect(window.seen.at(-1)).toMatchObject({ verifiedBy: 'pin' });

      const second = await enrolNext(window, 'software', 'Backup', first.id);
      const { history } = await window.call('credentials.get', { id: second.id });
      expect(history).toMatchObject([{ what: 'created', signedBy: 'Key' }]);

      await window.call('session.signOut', {});
      answer(window, [WRONG]);
      window.seen.length = 0;
      expect(await window.signIn(first.id)).toMatchObject({
        credentialId: first.id,
        personName: FIRST.person,
      });
      expect(asks(window.seen).map(({ problem }) => problem)).toEqual([null, 'wrong']);
      const [before, after] = asks(window.seen).map(({ triesLeft }) => triesLeft);
      expect(after).toBe((before ?? 0) - 1);

      await window.setState(second.id, 'inactive', first.id);
      const { items, active } = await window.call('credentials.list', { state: 'active' });
      expect([items.map(({ name }) => name), active]).toEqual([['Key'], 1]);
    });

    it('does not make two credentials of one person on the simulator', async (context) => {
      needsPin(context, await infoNow());
      const window = await openWindow(context);
      await enrolFirst(window, 'securityKey', 'Key');
      await refused(enrol(window, 'securityKey', 'Again'), 'authenticator.excluded');
    });

    it('adds the simulator to a software key that signs it, and signs in with either', async (context) => {
      needsPin(context, await infoNow());
      const window = await openWindow(context);
      const first = await enrolFirst(window, 'software', 'Software');
      const second = await enrolNext(window, 'securityKey', 'Key', first.id);
      expect(second).toMatchObject({ kind: 'securityKey', state: 'active' });
      for (const { id } of [second, first, second]) {
        await window.call('session.signOut', {});
        expect(await window.signIn(id)).toMatchObject({ credentialId: id });
      }
    });

    it('waits for a power cycle after three wrong PINs, and enrols after it', async (context) => {
      needsPin(context, await infoNow());
      needsRestart(context);
      const window = await openWindow(context);
      answer(window, [WRONG, WRONG, WRONG]);
      const begun = await window.call('enrol.begin', { kind: 'securityKey', name: 'Key', ...FIRST });
      const operationId = randomUUID();
      const waits = new Promise<void>((resolve) => {
        window.core.subscribe((event) => {
          if (event.event !== 'operation.status') return;
          if (event.payload.phase === 'insert' && event.payload.waitingFor === 'softLocked') resolve();
        });
      });
      const registering = refused(
        window.call('enrol.register', { operationId, enrolmentId: begun.id }),
        'authenticator.cancelled',
      );
      await waits;
      await window.call('operations.cancel', { operationId });
      await registering;
      await restart();
      await window.call('enrol.register', { operationId: randomUUID(), enrolmentId: begun.id });
      const { credential } = await window.call('enrol.commitFirst', { enrolmentId: begun.id });
      await window.call('session.signOut', {});
      expect(await window.signIn(credential.id)).toMatchObject({ credentialId: credential.id });
    });
  });
}
