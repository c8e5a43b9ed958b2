import FlaskConical from 'lucide-react/icons/flask-conical';
import { useTranslation } from 'react-i18next';
import { Tag } from '../../ui/tag.tsx';

/** The mark of a key that a program plays: it stands wherever such a key is named. */
export function SimulatedTag() {
  const { t } = useTranslation();
  return (
    <Tag tone="accent" icon={<FlaskConical aria-hidden="true" />}>
      {t('keys.simulated')}
    </Tag>
  );
}
