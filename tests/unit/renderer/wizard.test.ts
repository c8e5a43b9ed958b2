import { describe, expect, test, vi } from 'vitest';
import type { Wizard } from '../../../renderer/features/enrol-wizard/wizard-state.ts';
import { createWizard } from '../../../renderer/features/enrol-wizard/wizard-store.ts';
import { at, givePinAndTouch, MemoryStorage, openBridge, PIN, waitFor } from './person.ts';

const setup = { person: 'Sample Person', workspace: 'Test workspace' };

/** Steps 1 to 3. */
async function register(wizard: Wizard, name: string, pin = PIN): Promise<void> {
  wizard.goToName();
  const named = wizard.submitName(name);
  await givePinAndTouch(wizard.ceremony, pin);
  await named;
}

/** A window with a workspace and one credential. */
async function openWithFirst() {
  const { bridge, window } = await openBridge();
  const storage = new MemoryStorage();
  const wizard = createWizard(bridge, storage);
  await wizard.open(setup);
  await register(wizard, 'Training key');
  await wizard.commitFirst();
  wizard.finish();
  return { bridge, window, storage, wizard };
}

describe('the first credential', () => {
  test('goes through the five steps and signs in', async () => {
    const { bridge, window } = await openBridge();
    const storage = new MemoryStorage();
    const wizard = createWizard(bridge, storage);
    await wizard.open(setup);
    expect(wizard.store.getState()).toMatchObject({ step: 'create', kind: 'software' });
    wizard.goToName();
    expect(wizard.store.getState().step).toBe('name');

    const named = wizard.submitName('  Training key ');
    await givePinAndTouch(wizard.ceremony);
    await named;
    expect(wizard.store.getState()).toMatchObject({
      step: 'sign',
      name: 'Training key',
      enrolment: { first: true, state: 'registered' },
    });
    // The name may still be changed: nothing has been signed.
    wizard.back();
    await wizard.submitName('Desk key');
    expect(wizard.store.getState()).toMatchObject({ step: 'sign', enrolment: { name: 'Desk key' } });

    await wizard.commitFirst();
    expect(wizard.store.getState()).toMatchObject({ step: 'confirm', credential: { name: 'Desk key' } });
    expect((await window.call('app.status', {})).session).toMatchObject({ credentialName: 'Desk key' });
    wizard.finish();
    expect(storage.getItem('keywright.enrolment')).toBeNull();
  });

  test('survives a reload at every step', async () => {
    const { bridge, window } = await openBridge();
    const storage = new MemoryStorage();
    const reload = async () => {
      window.core.clientGone(window.caller.clientId);
      const wizard = createWizard(bridge, storage);
      expect(wizard.store.getState().setup).toEqual(setup);
      await wizard.open(null);
      return wizard;
    };
    let wizard = createWizard(bridge, storage);
    await wizard.open(setup);
    wizard = await reload();
    expect(wizard.store.getState().step).toBe('create');
    wizard.goToName();
    wizard = await reload();
    expect(wizard.store.getState().step).toBe('name');

    const named = wizard.submitName('Desk key');
    await waitFor(wizard.ceremony, 'pin');
    wizard = await reload();
    await named;
    expect(wizard.store.getState()).toMatchObject({ step: 'register', name: 'Desk key', notice: 'resumed' });
    expect(wizard.ceremony.store.getState().phase).toBe('idle');

    const registered = wizard.register();
    await givePinAndTouch(wizard.ceremony);
    await registered;
    wizard = await reload();
    expect(wizard.store.getState()).toMatchObject({ step: 'sign', enrolment: { state: 'registered' } });
    await wizard.commitFirst();
    wizard = await reload();
    expect(wizard.store.getState()).toMatchObject({ step: 'confirm', credential: { name: 'Desk key' } });
  });
});

describe('a further credential', () => {
  test('is stored once an active one has signed exactly this request', async () => {
    const { wizard, window } = await openWithFirst();
    await wizard.open(null);
    await register(wizard, 'Desk key', 'another horse');
    const { enrolment } = wizard.store.getState();
    const ready = at(wizard.action, 'ready');
    expect(ready.challenge.request).toEqual(enrolment?.request);
    expect(ready.challenge.signers.map((each) => each.name)).toEqual(['Training key']);
    expect(ready.signerId).toBe(ready.challenge.signers[0]?.id);

    const signed = wizard.action.sign();
    await givePinAndTouch(wizard.action.ceremony);
    await signed;
    expect(wizard.store.getState()).toMatchObject({ step: 'confirm', credential: { name: 'Desk key' } });
    expect((await window.call('credentials.list', {})).total).toBe(2);
  });

  test('a name that is taken is told at the field, and another one goes on', async () => {
    const { wizard } = await openWithFirst();
    await wizard.open(null);
    wizard.goToName();
    await wizard.submitName('TRAINING KEY');
    expect(wizard.store.getState()).toMatchObject({
      step: 'name',
      error: { code: 'input.name_taken' },
      busy: false,
    });
    const named = wizard.submitName('Desk key');
    await givePinAndTouch(wizard.ceremony);
    await named;
    expect(wizard.store.getState()).toMatchObject({ step: 'sign', error: null });
  });

  test('discarding forgets it here and in the core', async () => {
    const { wizard, bridge, storage, window } = await openWithFirst();
    await wizard.open(null);
    await register(wizard, 'Desk key');
    const id = wizard.store.getState().enrolment?.id ?? '';
    await wizard.discard();
    expect(wizard.store.getState()).toMatchObject({ phase: 'closed', name: '', enrolment: null });
    expect(storage.getItem('keywright.enrolment')).toBeNull();
    expect(await bridge.call('enrol.get', { enrolmentId: id })).toMatchObject({
      error: { code: 'input.not_found' },
    });
    expect((await window.call('credentials.list', {})).total).toBe(1);
  });

  test('an enrolment that is gone is told, and it starts again with the name kept', async () => {
    const { wizard, bridge, storage } = await openWithFirst();
    await wizard.open(null);
    await register(wizard, 'Desk key');
    const { enrolment } = wizard.store.getState();
    await bridge.call('enrol.cancel', { enrolmentId: enrolment?.id ?? '' });

    const reloaded = createWizard(bridge, storage);
    await reloaded.open(null);
    await vi.waitFor(() => expect(reloaded.store.getState().places).not.toBeNull());
    expect(reloaded.store.getState()).toMatchObject({
      phase: 'open',
      step: 'create',
      notice: 'gone',
      name: 'Desk key',
      enrolment: null,
    });
  });
});

describe('step 3', () => {
  test('can be cancelled and tried again without losing the name', async () => {
    const { bridge } = await openBridge();
    const wizard = createWizard(bridge, new MemoryStorage());
    await wizard.open(setup);
    wizard.goToName();
    const named = wizard.submitName('Desk key');
    await waitFor(wizard.ceremony, 'pin');
    await wizard.ceremony.cancel();
    await named;
    expect(wizard.ceremony.store.getState()).toEqual({ phase: 'cancelled' });
    expect(wizard.store.getState()).toMatchObject({ step: 'register', name: 'Desk key' });
    const again = wizard.register();
    await givePinAndTouch(wizard.ceremony);
    await again;
    expect(wizard.store.getState().step).toBe('sign');
  });

  test('three wrong PINs end in a soft lock that a reconnect opens', async () => {
    const { bridge } = await openBridge();
    const wizard = createWizard(bridge, new MemoryStorage());
    await wizard.open(setup);
    wizard.goToName();
    const named = wizard.submitName('Desk key');
    await waitFor(wizard.ceremony, 'pin');
    await wizard.ceremony.sendPin(PIN);
    await waitFor(wizard.ceremony, 'touch');
    await wizard.ceremony.cancel();
    await named;

    const wrong = wizard.register();
    for (const left of [8, 7, 6]) {
      await waitFor(wizard.ceremony, 'pin');
      expect(wizard.ceremony.store.getState()).toMatchObject({
        status: { pin: { ask: 'enter', triesLeft: left, problem: left === 8 ? null : 'wrong' } },
      });
      await wizard.ceremony.sendPin('wrong horse');
    }
    await wrong;
    expect(wizard.ceremony.store.getState()).toMatchObject({
      phase: 'failed',
      error: { code: 'authenticator.pin_soft_locked', details: { triesLeft: 5 } },
    });
    const right = wizard.reconnectAndRegister();
    await givePinAndTouch(wizard.ceremony);
    await right;
    expect(wizard.store.getState().step).toBe('sign');
  });

  test('no state of the page ever holds the PIN', async () => {
    const { bridge } = await openBridge();
    const storage = new MemoryStorage();
    const wizard = createWizard(bridge, storage);
    const seen: string[] = [];
    wizard.store.subscribe((state) =>
      seen.push(JSON.stringify(state), storage.getItem('keywright.enrolment') ?? ''),
    );
    wizard.ceremony.store.subscribe((state) => seen.push(JSON.stringify(state)));
    await wizard.open(setup);
    await register(wizard, 'Desk key');
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.filter((each) => each.includes(PIN))).toEqual([]);
  });
});
