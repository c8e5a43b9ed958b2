import { useTranslation } from 'react-i18next';
import type { ErrorBody } from '../../shared/errors/index.ts';
import { errorWords } from '../i18n/error-text.ts';
import { FullScreen } from './screen.tsx';

/** The full-screen state for an error that stops everything. */
export function Failure({ error, onRetry }: { error: ErrorBody; onRetry: () => void }) {
  const { t } = useTranslation();
  const { message, hint } = errorWords(error);
  const unreachable = error.code === 'host.unreachable';
  const title = unreachable
    ? t('failure.unreachable')
    : t(error.code.startsWith('store.') ? 'failure.store' : 'failure.other');
  return (
    <FullScreen title={title} button={t('common.retry')} onButton={onRetry}>
      {!unreachable && <p>{message}</p>}
      <p>{hint}</p>
    </FullScreen>
  );
}
