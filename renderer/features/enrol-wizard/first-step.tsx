import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import css from './wizard-view.module.css';

/** Step 4 of the very first credential: the one creation that nothing can sign. */
export function FirstStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const { enrolment, busy, error } = useStore(wizard.store);
  if (enrolment === null) return null;
  const { made } = enrolment;
  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('first.title')}</StepHeading>
          <p>{t('first.lead')}</p>
        </div>
        <section aria-label={t('first.label')}>
          <Facts
            boxed
            facts={[
              { term: t('first.workspace'), value: <bdi>{enrolment.workspaceName}</bdi> },
              { term: t('first.person'), value: <bdi>{enrolment.personName}</bdi> },
              {
                term: t('first.credential'),
                value: (
                  <strong>
                    <bdi>{enrolment.name}</bdi>
                  </strong>
                ),
              },
              ...(made === null
                ? []
                : [
                    {
                      term: t('first.on'),
                      value: t('sign.onValue', {
                        model: made.model,
                        kind: t(`sign.onKind.${enrolment.kind}`),
                      }),
                    },
                    { term: t('first.fingerprint'), value: <Fingerprint hex={made.fingerprint} /> },
                  ]),
            ]}
          />
        </section>
        {error !== null && <ErrorNotice error={error} />}
      </DialogBody>
      <DialogFoot
        start={
          <>
            <Button variant="ghost" isDisabled={busy} onPress={() => wizard.back()}>
              {t('common.back')}
            </Button>
            <HelpLink topic="authentication" />
          </>
        }
      >
        <Button isDisabled={busy} onPress={onClose}>
          {t('common.cancel')}
        </Button>
        <Button variant="primary" isDisabled={busy} onPress={() => void wizard.commitFirst()}>
          {busy ? t('first.committing') : t('first.commit')}
        </Button>
      </DialogFoot>
    </>
  );
}
