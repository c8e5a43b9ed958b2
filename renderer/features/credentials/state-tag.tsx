import CircleCheck from 'lucide-react/icons/circle-check';
import CircleOff from 'lucide-react/icons/circle-off';
import CircleSlash from 'lucide-react/icons/circle-slash';
import { useTranslation } from 'react-i18next';
import type { CredentialState } from '../../../shared/domain/index.ts';
import { Tag } from '../../ui/tag.tsx';

/** Active, inactive or retired, by icon, word and colour. */
export function StateTag({ state }: { state: CredentialState }) {
  const { t } = useTranslation();
  const Icon = state === 'active' ? CircleCheck : state === 'inactive' ? CircleOff : CircleSlash;
  return (
    <Tag tone={state === 'active' ? 'ok' : 'plain'} icon={<Icon aria-hidden="true" />}>
      {t(`state.${state}`)}
    </Tag>
  );
}
