import { useTranslation } from 'react-i18next';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { Button } from '../../ui/button.tsx';
import css from './live-panel.module.css';

type Props = { verification: NonNullable<OperationStatus['verification']>; onAskForPin: () => void };

/** Below "Use the fingerprint sensor": what went wrong, the tries that are left, and the way to the PIN. */
export function VerifyPart({ verification: { failed, triesLeft, pinPossible }, onAskForPin }: Props) {
  const { t } = useTranslation();
  return (
    <>
      <p className={css.result}>
        {failed && (
          <span role="alert" className={css.failed}>
            {t('ceremony.notRecognised')}
          </span>
        )}
        {triesLeft !== null && (
          <span className={css.tries}>{t('ceremony.triesLeft', { count: triesLeft })}</span>
        )}
      </p>
      {pinPossible && <Button onPress={onAskForPin}>{t('ceremony.usePin')}</Button>}
    </>
  );
}
