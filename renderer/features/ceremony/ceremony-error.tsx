import { useTranslation } from 'react-i18next';
import type { ErrorBody } from '../../../shared/errors/index.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { spendsChallenge } from './assertion-flow.ts';

type Props = {
  error: ErrorBody;
  software: boolean;
  onRetry: () => void;
  onReconnect: () => void;
  /** Where a fresh challenge can be made; absent in a registration. */
  onRenew?: () => void;
};

/** The end of a ceremony that failed, with the one button that helps. */
export function CeremonyError({ error, software, onRetry, onReconnect, onRenew }: Props) {
  const { t } = useTranslation();
  const { code } = error;
  const softLocked = code === 'authenticator.pin_soft_locked';
  // Another key can make the passkey, but no other key can sign with it.
  const locked = code === 'authenticator.pin_locked' && (software || onRenew !== undefined);
  const hopeless = locked || code === 'auth.self_signing';
  const action =
    softLocked && software ? (
      <Button variant="primary" onPress={onReconnect}>
        {t('ceremony.reconnect')}
      </Button>
    ) : onRenew && spendsChallenge(code) ? (
      <Button variant="primary" onPress={onRenew}>
        {t('sign.renew')}
      </Button>
    ) : hopeless ? null : (
      <Button onPress={onRetry}>{t('common.retry')}</Button>
    );
  return <ErrorNotice error={error} action={action} />;
}
