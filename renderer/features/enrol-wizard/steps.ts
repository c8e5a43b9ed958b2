import type { Enrolment } from '../../../shared/contract/index.ts';
import type { CredentialKind } from '../../../shared/domain/index.ts';

export const STEPS = ['create', 'name', 'register', 'sign', 'confirm'] as const;
export type Step = (typeof STEPS)[number];

/** Who and what is set up together with the very first credential. */
export type Setup = { person: string; workspace: string };

/** What a reload must not lose. Holds no secret. */
export type Draft = {
  step: Step;
  kind: CredentialKind | null;
  name: string;
  enrolmentId: string | null;
  setup: Setup | null;
};

const KINDS: readonly CredentialKind[] = ['securityKey', 'platform', 'software'];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readSetup(value: unknown): Setup | null {
  if (!isRecord(value)) return null;
  const { person, workspace } = value;
  return typeof person === 'string' && typeof workspace === 'string' ? { person, workspace } : null;
}

/** Reads a stored draft; null for anything that is not one. */
export function parseDraft(text: string | null): Draft | null {
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not ours, or cut off: as good as none.
    return null;
  }
  if (!isRecord(value)) return null;
  const step = STEPS.find((each) => each === value.step);
  if (step === undefined || typeof value.name !== 'string') return null;
  return {
    step,
    kind: KINDS.find((each) => each === value.kind) ?? null,
    name: value.name,
    enrolmentId: typeof value.enrolmentId === 'string' ? value.enrolmentId : null,
    setup: readSetup(value.setup),
  };
}

/**
 * True where leaving now leaves a passkey on a security key: it was made, nothing accepts it, and only the key can
 * delete it. U2F keys keep nothing.
 */
export function leavesPasskeyOnKey(enrolment: Enrolment | null): boolean {
  if (enrolment?.kind !== 'securityKey' || enrolment.state !== 'registered') return false;
  return enrolment.made?.canVerifyUser !== false;
}

/** The words for it: the next registration takes its place, where it is of the same person. */
export function leftOnKeyText(first: boolean): 'wizard.leftOnKey' | 'wizard.leftOnKeyFirst' {
  return first ? 'wizard.leftOnKeyFirst' : 'wizard.leftOnKey';
}

/** True where an authenticator may have made the passkey of an enrolment that is not there any more. */
export function mayHaveRegistered(enrolment: Enrolment | null, draft: Draft | null): boolean {
  if (enrolment !== null) return enrolment.state === 'registered';
  return draft !== null && (draft.step === 'register' || draft.step === 'sign');
}

/** The step to show for an enrolment that is still there, given where the person was. */
export function resumeStep(enrolment: Enrolment, wanted: Step): Step {
  if (enrolment.state === 'committed') return 'confirm';
  if (enrolment.state === 'registered') return wanted === 'name' && enrolment.first ? 'name' : 'sign';
  return wanted === 'create' || wanted === 'name' ? wanted : 'register';
}

/** True where closing would throw something away that the person typed or made. */
export function hasSomethingToLose(state: {
  step: Step;
  name: string;
  enrolment: Enrolment | null;
}): boolean {
  if (state.step === 'confirm') return false;
  return state.enrolment !== null || state.name.trim() !== '';
}
