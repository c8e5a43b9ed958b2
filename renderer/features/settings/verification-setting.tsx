import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserVerificationPolicy } from '../../../shared/domain/index.ts';
import { part } from '../../app/part.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import css from './settings-page.module.css';

const VerificationDialog = part(() => import('./verification-dialog.tsx'));

type Props = {
  policy: UserVerificationPolicy;
  /** False while nobody is signed in: then nobody could sign the change. */
  changeable: boolean;
};

/** Whether authenticators must verify the person. The choice only asks: it moves once the change is signed. */
export function VerificationSetting({ policy, changeable }: Props) {
  const { t } = useTranslation();
  const note = useId();
  const [wanted, setWanted] = useState<UserVerificationPolicy | null>(null);
  return (
    <div className={css.line}>
      <div className={css.words}>
        <p>{t('settings.verification')}</p>
        <p id={note} className={css.note}>
          {t(`settings.verificationNote.${policy}`)}{' '}
          {t(changeable ? 'settings.verificationSigned' : 'settings.verificationSignIn')}
        </p>
      </div>
      <Segmented
        label={t('settings.verification')}
        describedBy={note}
        value={policy}
        isDisabled={!changeable}
        onChange={setWanted}
        options={[
          { value: 'required', text: t('settings.required') },
          { value: 'preferred', text: t('settings.preferred') },
        ]}
      />
      {wanted !== null && wanted !== policy && (
        <VerificationDialog policy={wanted} onClose={() => setWanted(null)} />
      )}
    </div>
  );
}
