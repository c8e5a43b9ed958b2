import { useTranslation } from 'react-i18next';
import type { CredentialDetails } from '../../../shared/domain/index.ts';
import { Ago } from '../../ui/moment.tsx';
import { marked, Named } from '../../ui/named.tsx';
import css from './history-list.module.css';

type Entry = CredentialDetails['history'][number];

/** What was done to a credential, newest first, and who signed it. */
export function HistoryList({ entries }: { entries: Entry[] }) {
  const { t } = useTranslation();
  return (
    <ol className={css.list}>
      {entries.map((entry) => (
        <li key={entry.sequence} className={css.entry} data-warn={entry.what === 'counterRegressed'}>
          <p className={css.what}>
            <Named
              text={t(`details.event.${entry.what}`, {
                from: marked(entry.from ?? ''),
                to: marked(entry.to ?? ''),
              })}
            />
          </p>
          <p className={css.by}>
            <Ago at={entry.at} />
            {entry.what !== 'counterRegressed' && ' · '}
            {entry.what !== 'counterRegressed' && (
              <Named
                text={
                  entry.signedBy === null
                    ? t('details.unsigned')
                    : t('details.signedBy', { name: marked(entry.signedBy) })
                }
              />
            )}
            {` · ${t('details.entry', { sequence: entry.sequence })}`}
          </p>
        </li>
      ))}
    </ol>
  );
}
