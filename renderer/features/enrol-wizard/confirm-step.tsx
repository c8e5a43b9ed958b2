import Check from 'lucide-react/icons/check';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import css from './wizard-view.module.css';

/** Step 5: what is stored now. */
export function ConfirmStep({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const { enrolment, credential, name } = useStore(wizard.store);
  const made = enrolment?.made ?? null;
  const shownName = credential?.name ?? enrolment?.name ?? name;
  const kind = credential?.kind ?? enrolment?.kind;
  const model = credential?.model ?? made?.model;
  const fingerprint = credential?.fingerprint ?? made?.fingerprint;
  const canVerifyUser = credential?.canVerifyUser ?? made?.canVerifyUser ?? true;
  return (
    <>
      <DialogBody tall>
        <div className={css.ready}>
          <span className={css.seal} aria-hidden="true">
            <Check />
          </span>
          <div className={css.intro}>
            <StepHeading>{t('confirm.title', { name: shownName })}</StepHeading>
            <p>{enrolment?.first ? t('confirm.leadFirst') : t('confirm.lead')}</p>
          </div>
        </div>
        <Facts
          boxed
          facts={[
            {
              term: t('confirm.name'),
              value: (
                <strong>
                  <bdi>{shownName}</bdi>
                </strong>
              ),
            },
            ...(kind ? [{ term: t('confirm.kind'), value: t(`kind.${kind}`) }] : []),
            ...(model ? [{ term: t('confirm.model'), value: model }] : []),
            ...(credential
              ? [{ term: t('confirm.created'), value: <Moment at={credential.createdAt} /> }]
              : []),
            ...(fingerprint
              ? [{ term: t('confirm.fingerprint'), value: <Fingerprint hex={fingerprint} /> }]
              : []),
          ]}
        />
        {!canVerifyUser && (
          <Notice tone="warn" title={t('u2f.title')}>
            {t('u2f.text')}
          </Notice>
        )}
      </DialogBody>
      <DialogFoot>
        <Button
          onPress={() => {
            wizard.finish();
            void wizard.open(null);
          }}
        >
          {t('confirm.another')}
        </Button>
        <Button
          variant="primary"
          onPress={() => {
            onLeave();
            wizard.finish();
          }}
        >
          {t('confirm.go')}
        </Button>
      </DialogFoot>
    </>
  );
}
