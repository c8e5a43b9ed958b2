import { describe, expect, test, vi } from 'vitest';
import type { Wizard } from '../../../renderer/features/enrol-wizard/wizard-state.ts';
import { createWizard } from '../../../renderer/features/enrol-wizard/wizard-store.ts';
import { verificationRequest } from '../../../renderer/features/settings/verification.ts';
import { createActionFlow } from '../../../renderer/features/signing/action-flow.ts';
import { PIN as OTHER_PIN } from '../../support/core.ts';
import {
  at,
  bridgeOf,
  givePinAndTouch,
  MemoryStorage,
  openBridge,
  openBridgeWithKey,
  PIN,
  waitFor,
} from './person.ts';

const setup = { person: 'Sample Person', workspace: 'Test workspace' };

/** Steps 1 and 2 on a security key, and the beginning of step 3. */
async function startOnKey(wizard: Wizard, name: string): Promise<Promise<void>> {
  await wizard.open(setup);
  wizard.choosePlace('securityKey');
  wizard.goToName();
  return wizard.submitName(name);
}

describe('the wizard on a USB key', () => {
  test('makes the very first credential', async () => {
    const { bridge, window } = await openBridgeWithKey();
    const wizard = createWizard(bridge, new MemoryStorage());
    const registered = startOnKey(wizard, 'Desk key');
    await waitFor(wizard.ceremony, 'pin');
    expect(wizard.ceremony.store.getState()).toMatchObject({
      status: { authenticator: { software: false, simulated: true }, pin: { ask: 'set' } },
    });
    await wizard.ceremony.sendPin(PIN);
    await registered;
    expect(wizard.store.getState()).toMatchObject({
      step: 'sign',
      enrolment: { kind: 'securityKey', first: true, made: { canVerifyUser: true } },
    });
    await wizard.commitFirst();
    expect(wizard.store.getState()).toMatchObject({ step: 'confirm', credential: { kind: 'securityKey' } });
    expect((await window.call('credentials.list', {})).total).toBe(1);
  });

  test('says that the key may keep a passkey where what was registered is gone', async () => {
    const { bridge } = await openBridgeWithKey();
    const storage = new MemoryStorage();
    const wizard = createWizard(bridge, storage);
    const registered = startOnKey(wizard, 'Desk key');
    await waitFor(wizard.ceremony, 'pin');
    await wizard.ceremony.sendPin(PIN);
    await registered;
    await bridge.call('enrol.cancel', { enrolmentId: wizard.store.getState().enrolment?.id ?? '' });
    const reloaded = createWizard(bridge, storage);
    await reloaded.open(null);
    expect(reloaded.store.getState()).toMatchObject({
      step: 'create',
      notice: 'goneFromKey',
      kind: 'securityKey',
      name: 'Desk key',
    });
  });

  test('goes on waiting for the finger where the PIN was asked for and there is none', async () => {
    let lay = () => {};
    const waits = new Promise<void>((resolve) => {
      lay = resolve;
    });
    const { bridge, key } = await openBridgeWithKey({
      persona: 'builtInUv',
      touch: 'manual',
      onWaiting: lay,
    });
    const wizard = createWizard(bridge, new MemoryStorage());
    const registered = startOnKey(wizard, 'Desk key');
    await waitFor(wizard.ceremony, 'verify');
    await waits;
    expect(wizard.ceremony.store.getState()).toMatchObject({
      status: { verification: { pinPossible: false, failed: false } },
    });
    await wizard.ceremony.askForPin();
    await waitFor(wizard.ceremony, 'verify');
    key.finger('ok');
    await registered;
    expect(wizard.store.getState().step).toBe('sign');
  });
});

test('user verification is changed by a signed action that is done to no credential', async () => {
  const { window } = await openBridge();
  window.behaviour = {};
  const first = await window.createFirst();
  window.behaviour = { pin: () => null, touch: () => false };
  const done = vi.fn();
  const flow = createActionFlow(bridgeOf(window), () => verificationRequest('preferred'), done);
  await flow.begin();
  expect(at(flow, 'ready')).toMatchObject({
    signerId: first.id,
    challenge: { target: null, request: verificationRequest('preferred') },
  });
  const signed = flow.sign();
  await givePinAndTouch(flow.ceremony, OTHER_PIN);
  await signed;
  expect(at(flow, 'done').result).toBeNull();
  expect(done).toHaveBeenCalledExactlyOnceWith(null);
  expect((await window.call('app.status', {})).workspace?.userVerification).toBe('preferred');
  expect(window.events).toContain('workspace.changed');
});
