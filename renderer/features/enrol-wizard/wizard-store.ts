import { createStore } from 'zustand/vanilla';
import type { Enrolment, KeywrightBridge } from '../../../shared/contract/index.ts';
import { checkName } from '../../../shared/domain/names.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';
import { createCeremony } from '../ceremony/ceremony-store.ts';
import { createActionFlow } from '../signing/action-flow.ts';
import { type Draft, mayHaveRegistered, parseDraft, resumeStep, type Setup, type Step } from './steps.ts';
import { START, type Wizard, type WizardState } from './wizard-state.ts';

const DRAFT_KEY = 'keywright.enrolment';

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** The enrolment wizard: five steps, one enrolment in the core, one draft that outlives a reload. */
export function createWizard(bridge: KeywrightBridge, storage: DraftStorage): Wizard {
  // The set-up of a draft is known from the start: it decides whether the wizard is a page or a dialog.
  const stored = parseDraft(storage.getItem(DRAFT_KEY));
  const store = createStore<WizardState>()(() => ({ ...START, setup: stored?.setup ?? null }));
  const set = (patch: Partial<WizardState>) => store.setState(patch);
  const get = () => store.getState();
  const ceremony = createCeremony(bridge);
  const action = createActionFlow(
    bridge,
    () => {
      const request = get().enrolment?.request;
      if (!request) throw new Error('The enrolment has no request to sign.');
      return request;
    },
    (credential) => set({ step: 'confirm', credential, error: null, notice: null }),
  );

  store.subscribe((state) => {
    if (state.phase === 'opening') return;
    if (state.phase === 'closed') {
      storage.removeItem(DRAFT_KEY);
      return;
    }
    const draft: Draft = {
      step: state.step,
      kind: state.kind,
      name: state.name,
      enrolmentId: state.enrolment?.id ?? null,
      setup: state.setup,
    };
    storage.setItem(DRAFT_KEY, JSON.stringify(draft));
  });

  /** The enrolment is gone: start anew, with everything that was typed. */
  function startAnew(): void {
    ceremony.reset();
    const { kind, enrolment } = get();
    const draft = parseDraft(storage.getItem(DRAFT_KEY));
    const onKey = kind === 'securityKey' && mayHaveRegistered(enrolment, draft);
    const notice = onKey ? 'goneFromKey' : 'gone';
    set({ phase: 'open', step: 'create', enrolment: null, busy: false, error: null, notice });
    void loadPlaces();
  }

  function failed(error: ErrorBody): void {
    if (error.code === 'input.not_found') startAnew();
    else set({ busy: false, error });
  }

  async function showStep(step: Step): Promise<void> {
    set({ phase: 'open', step, error: null });
    const { enrolment } = get();
    if (step === 'create') await loadPlaces();
    if (step === 'sign' && enrolment !== null && !enrolment.first) await action.begin();
    if (step === 'confirm' && enrolment?.credentialId && get().credential === null) {
      const reply = await bridge.call('credentials.get', { id: enrolment.credentialId });
      if (reply.ok) set({ credential: reply.value });
      else set({ error: reply.error });
    }
  }

  async function open(setup: Setup | null): Promise<void> {
    if (get().phase === 'open') return;
    const draft = parseDraft(storage.getItem(DRAFT_KEY));
    set({
      ...START,
      phase: 'opening',
      setup: setup ?? draft?.setup ?? null,
      kind: draft?.kind ?? null,
      name: draft?.name ?? '',
    });
    if (draft === null) return showStep('create');
    if (draft.enrolmentId === null) return showStep(draft.kind === null ? 'create' : draft.step);
    const reply = await bridge.call('enrol.get', { enrolmentId: draft.enrolmentId });
    if (!reply.ok) {
      // Anything but "gone" may pass: the draft is kept, and opening again tries again.
      if (reply.error.code === 'input.not_found') startAnew();
      else set({ error: reply.error });
      return;
    }
    const { kind } = reply.value;
    set({ enrolment: reply.value, kind: draft.step === 'create' ? draft.kind : kind, notice: 'resumed' });
    await showStep(resumeStep(reply.value, draft.step));
  }

  async function loadPlaces(): Promise<void> {
    const reply = await bridge.call('authenticators.places', {});
    if (!reply.ok) {
      set({ error: reply.error });
      return;
    }
    const { places } = reply.value;
    const usable = places.filter((place) => place.available);
    const known = usable.some((place) => place.kind === get().kind);
    set({ places, error: null, ...(known ? {} : { kind: usable[0]?.kind ?? null }) });
  }

  /** The enrolment for this name and place: a new one, a renamed one, or the one that is there. */
  async function namedEnrolment(name: string): Promise<Enrolment | null> {
    const { enrolment, kind, setup } = get();
    if (kind === null) return null;
    if (enrolment !== null && enrolment.kind !== kind) {
      await bridge.call('enrol.cancel', { enrolmentId: enrolment.id });
      set({ enrolment: null });
    } else if (enrolment !== null) {
      if (enrolment.name === name) return enrolment;
      const renamed = await bridge.call('enrol.rename', { enrolmentId: enrolment.id, name });
      if (!renamed.ok) failed(renamed.error);
      return renamed.ok ? renamed.value : null;
    }
    const begun = await bridge.call('enrol.begin', { kind, name, ...(setup ?? {}) });
    if (!begun.ok) failed(begun.error);
    return begun.ok ? begun.value : null;
  }

  async function submitName(raw: string): Promise<void> {
    const checked = checkName(raw);
    if (!checked.ok || get().busy) return;
    set({ name: checked.name, busy: true, error: null, notice: null });
    const enrolment = await namedEnrolment(checked.name);
    if (enrolment === null) {
      set({ busy: false });
      return;
    }
    set({ enrolment, busy: false });
    if (enrolment.state === 'registered') return showStep('sign');
    set({ step: 'register' });
    await register();
  }

  async function register(): Promise<void> {
    const { enrolment } = get();
    if (enrolment === null) return;
    set({ error: null, notice: null });
    const made = await ceremony.run((operationId) =>
      bridge.call('enrol.register', { operationId, enrolmentId: enrolment.id }),
    );
    if (made !== null) {
      set({ enrolment: made });
      await showStep('sign');
      return;
    }
    const end = ceremony.store.getState();
    if (end.phase === 'failed' && end.error.code === 'input.not_found') startAnew();
  }

  function finish(): void {
    storage.removeItem(DRAFT_KEY);
    store.setState({ ...START }, true);
  }

  async function leave(): Promise<void> {
    const { enrolment, step } = get();
    finish();
    await Promise.all([ceremony.cancel(), action.cancel()]);
    if (enrolment !== null && step !== 'confirm') {
      // What the core cannot forget now, it forgets by itself after 30 minutes.
      await bridge.call('enrol.cancel', { enrolmentId: enrolment.id });
    }
  }

  return {
    store,
    ceremony,
    action,
    open,
    loadPlaces,
    choosePlace: (kind) => set({ kind }),
    goToName() {
      if (get().kind !== null) set({ step: 'name', error: null, notice: null });
    },
    typeName: (raw) => set({ name: raw }),
    submitName,
    register,
    async reconnectAndRegister() {
      const { enrolment } = get();
      if (enrolment === null) return;
      const reply = await bridge.call('authenticators.reconnect', { enrolmentId: enrolment.id });
      if (reply.ok) await register();
      else failed(reply.error);
    },
    back() {
      const { step } = get();
      ceremony.reset();
      if (step === 'name') void showStep('create');
      if (step === 'register' || step === 'sign') set({ step: 'name', error: null, notice: null });
    },
    async commitFirst() {
      const { enrolment, busy } = get();
      if (enrolment === null || busy) return;
      set({ busy: true, error: null });
      const reply = await bridge.call('enrol.commitFirst', { enrolmentId: enrolment.id });
      if (reply.ok) set({ busy: false, step: 'confirm', credential: reply.value.credential, notice: null });
      else failed(reply.error);
    },
    discard: leave,
    finish,
    forgetFinished() {
      const draft = parseDraft(storage.getItem(DRAFT_KEY));
      if (get().step === 'confirm' || draft?.step === 'confirm') finish();
    },
    suspend() {
      void ceremony.cancel();
      void action.cancel();
    },
  };
}
