import X from 'lucide-react/icons/x';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { Stage } from '../../app/stage.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, DialogHead, ModalShell } from '../../ui/dialog.tsx';
import { Stepper } from '../../ui/stepper.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { ConfirmStep } from './confirm-step.tsx';
import { CreateStep } from './create-step.tsx';
import { FirstStep } from './first-step.tsx';
import { NameStep } from './name-step.tsx';
import { RegisterStep } from './register-step.tsx';
import { SignStep } from './sign-step.tsx';
import { hasSomethingToLose, leavesPasskeyOnKey, leftOnKeyText, STEPS, type Step } from './steps.ts';
import css from './wizard-view.module.css';

type Props = {
  /** A dialog over the list; or a page of its own while a workspace is being set up, with nothing behind it. */
  frame: 'dialog' | 'page';
  /** Called when the wizard is left, finished or not. */
  onLeave: () => void;
};

/** The five steps, their header, and the question before anything is thrown away. */
export default function WizardView({ frame, onLeave }: Props) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const state = useStore(wizard.store);
  const [asking, setAsking] = useState(false);
  const current = STEPS.indexOf(state.step);

  useEffect(() => {
    void wizard.open(null);
    return () => wizard.suspend();
  }, [wizard]);

  function close() {
    // The core is at work on this very step: in a moment the next one can be cancelled.
    if (state.busy) return;
    if (hasSomethingToLose(state)) setAsking(true);
    else discard();
  }

  function discard() {
    onLeave();
    if (state.step === 'confirm') wizard.finish();
    else void wizard.discard();
  }

  const content = state.phase !== 'closed' && (
    <>
      <header className={css.head}>
        <Stepper
          label={t('wizard.steps')}
          steps={STEPS.map((step) => t(`wizard.step.${step}`))}
          current={state.phase === 'open' ? current : -1}
          states={{
            done: t('wizard.stepState.done'),
            now: t('wizard.stepState.now'),
            next: t('wizard.stepState.next'),
          }}
        />
        <IconButton label={t('common.close')} icon={<X aria-hidden="true" />} onPress={close} />
      </header>
      <p role="status" className="visually-hidden">
        {state.phase === 'open' &&
          t('wizard.stepOf', { number: current + 1, name: t(`wizard.step.${state.step}`) })}
      </p>
      {state.phase === 'open' ? (
        // A new step is a new part of the page, so that its heading takes the focus.
        <StepView
          key={stepKey(state.step, state.enrolment?.first === true)}
          step={state.step}
          onClose={close}
          onLeave={onLeave}
        />
      ) : (
        <Opening
          error={
            state.error && (
              <ErrorNotice
                error={state.error}
                action={<Button onPress={() => void wizard.open(null)}>{t('common.retry')}</Button>}
              />
            )
          }
          onClose={close}
        />
      )}
      {asking && (
        <DiscardQuestion
          left={
            leavesPasskeyOnKey(state.enrolment)
              ? leftOnKeyText(state.enrolment?.first === true)
              : 'wizard.discard.deleted'
          }
          onKeep={() => setAsking(false)}
          onDiscard={discard}
        />
      )}
    </>
  );
  return frame === 'dialog' ? (
    <ModalShell label={t('wizard.label')} size="large" high onClose={close}>
      {content}
    </ModalShell>
  ) : (
    <Stage label={t('wizard.label')} wide flush>
      {content}
    </Stage>
  );
}

function stepKey(step: Step, first: boolean): string {
  return step === 'sign' && first ? 'first' : step;
}

type StepProps = { step: Step; onClose: () => void; onLeave: () => void };

function StepView({ step, onClose, onLeave }: StepProps): ReactNode {
  const { wizard } = useServices();
  const first = useStore(wizard.store, (state) => state.enrolment?.first === true);
  switch (step) {
    case 'create':
      return <CreateStep onClose={onClose} />;
    case 'name':
      return <NameStep onClose={onClose} />;
    case 'register':
      return <RegisterStep onClose={onClose} />;
    case 'sign':
      return first ? <FirstStep onClose={onClose} /> : <SignStep onClose={onClose} />;
    case 'confirm':
      return <ConfirmStep onLeave={onLeave} />;
  }
}

function Opening({ error, onClose }: { error: ReactNode; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <DialogBody tall>
        {error ?? (
          <p role="status" className={css.opening}>
            {t('wizard.resuming')}
          </p>
        )}
      </DialogBody>
      <DialogFoot>
        <Button onPress={onClose}>{t('common.cancel')}</Button>
      </DialogFoot>
    </>
  );
}

type DiscardProps = {
  /** What becomes of a passkey that was made: a security key keeps it, whatever happens here. */
  left: ReturnType<typeof leftOnKeyText> | 'wizard.discard.deleted';
  onKeep: () => void;
  onDiscard: () => void;
};

function DiscardQuestion({ left, onKeep, onDiscard }: DiscardProps) {
  const { t } = useTranslation();
  return (
    <ModalShell role="alertdialog" size="small" onClose={onKeep}>
      <DialogHead title={t('wizard.discard.title')} closeLabel={t('common.close')} onClose={onKeep} />
      <DialogBody>
        <p>
          {t('wizard.discard.text')} {t(left)}
        </p>
      </DialogBody>
      <DialogFoot>
        <Button autoFocus onPress={onKeep}>
          {t('wizard.discard.keep')}
        </Button>
        <Button variant="danger" onPress={onDiscard}>
          {t('wizard.discard.confirm')}
        </Button>
      </DialogFoot>
    </ModalShell>
  );
}
