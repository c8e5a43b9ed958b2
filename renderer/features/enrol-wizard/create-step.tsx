import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Place, SecurityKeysSeen } from '../../../shared/contract/index.ts';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { type Choice, ChoiceCards } from '../../ui/choice-cards.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { KeysSeen, KeysStatus } from '../security-keys/keys-seen.tsx';
import { NoPermission } from '../security-keys/no-permission.tsx';
import { useSecurityKeys } from '../security-keys/use-security-keys.ts';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import { leavesPasskeyOnKey, leftOnKeyText } from './steps.ts';
import css from './wizard-view.module.css';

/** Step 1: the place where the passkey will live. */
export function CreateStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const { places, kind, enrolment, setup, error, notice } = useStore(wizard.store);
  const usesKeys = places?.some((place) => place.kind === 'securityKey' && place.available) ?? false;
  const seen = useSecurityKeys(usesKeys);
  const choice = usePlaceChoice(seen);
  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('create.title')}</StepHeading>
          <p>{t('create.lead')}</p>
        </div>
        {(notice === 'gone' || notice === 'goneFromKey') && (
          <Notice tone="warn" role="alert" title={t('wizard.gone')}>
            {t('wizard.goneText')}
            {notice === 'goneFromKey' && ` ${t(leftOnKeyText(setup !== null))}`}
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
        {usesKeys && <KeysStatus seen={seen} />}
        <NoPermission seen={seen} />
        {leavesPasskeyOnKey(enrolment) && kind !== 'securityKey' && (
          <Notice tone="info" role="status">
            {t('create.leaving')} {t(leftOnKeyText(setup !== null))}
          </Notice>
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

function usePlaceChoice(seen: SecurityKeysSeen | null): (place: Place) => Choice {
  const { t } = useTranslation();
  return ({ kind, available, reason }) => ({
    value: kind,
    icon: <KindIcon kind={kind} />,
    title: t(`create.${kind}Title`),
    detail: t(`create.${kind}`),
    more: kind === 'securityKey' && available && <KeysSeen seen={seen} />,
    blocked: available ? null : reason === null ? t('create.whyUnknown') : t(`create.why.${reason}`),
  });
}
