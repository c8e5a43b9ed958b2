import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Place } from '../../../shared/contract/index.ts';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { type Choice, ChoiceCards } from '../../ui/choice-cards.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import css from './wizard-view.module.css';

/** Step 1: the place where the passkey will live. */
export function CreateStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const { places, kind, error, notice } = useStore(wizard.store);
  const choice = usePlaceChoice();
  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('create.title')}</StepHeading>
          <p>{t('create.lead')}</p>
        </div>
        {notice === 'gone' && (
          <Notice tone="warn" role="alert" title={t('wizard.gone')}>
            {t('wizard.goneText')}
          </Notice>
        )}
        {error !== null && (
          <ErrorNotice
            error={error}
            action={<Button onPress={() => void wizard.loadPlaces()}>{t('common.retry')}</Button>}
          />
        )}
        {places === null && error === null && (
          <div className={css.skeletons}>
            {['52%', '40%', '46%'].map((width) => (
              <div key={width} className={css.ghost}>
                <Skeleton width={width} />
              </div>
            ))}
          </div>
        )}
        {places !== null && (
          <ChoiceCards
            label={t('create.places')}
            choices={places.map(choice)}
            value={kind}
            onChange={(value) => {
              const place = places.find((each) => each.kind === value);
              if (place) wizard.choosePlace(place.kind);
            }}
          />
        )}
      </DialogBody>
      <DialogFoot start={<HelpLink topic="notFound" />}>
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button
          variant="primary"
          isDisabled={places === null || kind === null}
          onPress={() => wizard.goToName()}
        >
          {t('common.continue')}
        </Button>
      </DialogFoot>
    </>
  );
}

function usePlaceChoice(): (place: Place) => Choice {
  const { t } = useTranslation();
  return ({ kind, available, reason, devices }) => ({
    value: kind,
    icon: <KindIcon kind={kind} />,
    title: t(`create.${kind}Title`),
    detail:
      devices.length > 0
        ? `${t(`create.${kind}`)} ${t('create.devices', { devices: devices.join(', ') })}`
        : t(`create.${kind}`),
    blocked: available ? null : reason === null ? t('create.whyUnknown') : t(`create.why.${reason}`),
  });
}
