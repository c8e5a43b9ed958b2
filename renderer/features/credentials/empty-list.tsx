import KeyRound from 'lucide-react/icons/key-round';
import SearchX from 'lucide-react/icons/search-x';
import { useTranslation } from 'react-i18next';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import css from './empty-list.module.css';

/** What stands in the place of the list where it has no rows: none at all, or none that fit. */
export function EmptyList({ nothingAtAll, onCreate }: { nothingAtAll: boolean; onCreate: () => void }) {
  const { t } = useTranslation();
  const { list } = useServices();
  const Icon = nothingAtAll ? KeyRound : SearchX;
  return (
    <div className={css.empty}>
      <Icon aria-hidden="true" className={css.icon} />
      <h2>{nothingAtAll ? t('credentials.empty') : t('credentials.nothing')}</h2>
      <p>{nothingAtAll ? t('credentials.emptyText') : t('credentials.nothingText')}</p>
      {nothingAtAll ? (
        <Button onPress={onCreate}>{t('credentials.create')}</Button>
      ) : (
        <Button onPress={() => void list.show({ query: '', state: 'all' })}>
          {t('credentials.showAll')}
        </Button>
      )}
    </div>
  );
}
