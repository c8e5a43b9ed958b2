import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ErrorBody } from '../../../shared/errors/index.ts';
import { errorWords } from '../../i18n/error-text.ts';
import { Notice } from '../../ui/notice.tsx';
import { HelpLink } from './help-link.tsx';
import { topicOf } from './topics.ts';

type Props = {
  error: ErrorBody;
  /** The button for the next step, where there is one. */
  action?: ReactNode;
};

function numberIn(error: ErrorBody, key: string): number | null {
  const value = error.details?.[key];
  return typeof value === 'number' ? value : null;
}

/** An error as a person needs it: what happened, what to do next, and a button for it where that fits. */
export function ErrorNotice({ error, action }: Props) {
  const { t } = useTranslation();
  const { message, hint } = errorWords(error);
  const topic = topicOf(error.code);
  const triesLeft = numberIn(error, 'triesLeft');
  const logId = error.code === 'internal' ? error.details?.id : undefined;
  return (
    <Notice
      tone="bad"
      role="alert"
      title={message}
      actions={
        (action || topic !== null) && (
          <>
            {action}
            {topic !== null && <HelpLink topic={topic} triesLeft={triesLeft} plain />}
          </>
        )
      }
    >
      {triesLeft !== null && triesLeft > 0 && `${t('error.triesLeft', { count: triesLeft })} `}
      {hint}
      {typeof logId === 'string' && (
        <>
          {' '}
          {t('error.logId')}: <span className="mono">{logId}</span>
        </>
      )}
    </Notice>
  );
}
