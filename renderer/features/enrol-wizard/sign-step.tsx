import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { DialogBody, StepHeading } from '../../ui/dialog.tsx';
import { SignBody, SignFoot } from '../signing/sign-panel.tsx';
import css from './wizard-view.module.css';

/** Step 4: a passkey that is already active signs the creation of the new one. */
export function SignStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const enrolment = useStore(wizard.store, (state) => state.enrolment);
  const made = enrolment?.made ?? null;
  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('sign.title')}</StepHeading>
          <p>{t('sign.lead')}</p>
        </div>
        <SignBody
          flow={wizard.action}
          fingerprint={made?.fingerprint ?? null}
          self={
            enrolment === null || made === null
              ? null
              : { name: enrolment.name, kind: enrolment.kind, model: made.model }
          }
        />
      </DialogBody>
      <SignFoot flow={wizard.action} action={t('sign.signAndSave')} onClose={onClose} />
    </>
  );
}
