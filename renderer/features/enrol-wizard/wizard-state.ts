import type { StoreApi } from 'zustand/vanilla';
import type { Enrolment, Place } from '../../../shared/contract/index.ts';
import type { Credential, CredentialKind } from '../../../shared/domain/index.ts';
import type { ErrorBody } from '../../../shared/errors/index.ts';
import type { Ceremony } from '../ceremony/ceremony-store.ts';
import type { ActionFlow } from '../signing/action-flow.ts';
import type { Setup, Step } from './steps.ts';

/** What the wizard shows. It never holds a PIN. */
export type WizardState = {
  phase: 'closed' | 'opening' | 'open';
  step: Step;
  setup: Setup | null;
  /** Null while they are being looked up. */
  places: Place[] | null;
  kind: CredentialKind | null;
  name: string;
  enrolment: Enrolment | null;
  busy: boolean;
  /** What went wrong in this step, outside of a ceremony. */
  error: ErrorBody | null;
  /**
   * `gone`: the enrolment was no longer there, so it starts anew with the name kept; `goneFromKey` where a security
   * key may have made a passkey for it.
   */
  notice: 'gone' | 'goneFromKey' | 'resumed' | null;
  /** Stored, in step 5. */
  credential: Credential | null;
};

export type Wizard = {
  store: StoreApi<WizardState>;
  /** Step 3's ceremony. */
  ceremony: Ceremony;
  /** Step 4's signed action. */
  action: ActionFlow;
  /** Takes up a draft from before a reload, or starts at step 1. */
  open(setup: Setup | null): Promise<void>;
  loadPlaces(): Promise<void>;
  choosePlace(kind: CredentialKind): void;
  goToName(): void;
  /** Keeps what is typed, so that a reload does not lose it. */
  typeName(raw: string): void;
  submitName(raw: string): Promise<void>;
  register(): Promise<void>;
  reconnectAndRegister(): Promise<void>;
  back(): void;
  commitFirst(): Promise<void>;
  /** Leaves before the end: cancels what runs and forgets the enrolment. */
  discard(): Promise<void>;
  /** Leaves after the end. */
  finish(): void;
  /** Before a new credential is begun: a finished one that was left by another way is put away. */
  forgetFinished(): void;
  /** Stops a ceremony when its screen goes away. */
  suspend(): void;
};

/** Nothing begun. */
export const START: WizardState = {
  phase: 'closed',
  step: 'create',
  setup: null,
  places: null,
  kind: null,
  name: '',
  enrolment: null,
  busy: false,
  error: null,
  notice: null,
  credential: null,
};
