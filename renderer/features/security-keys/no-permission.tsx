import { useTranslation } from 'react-i18next';
import type { SecurityKeysSeen } from '../../../shared/contract/index.ts';
import { marked, Named } from '../../ui/named.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PermissionCommand } from './permission-command.tsx';

/** What to do about a key that may not be opened. Outside of the card, for there is a button in it. */
export function NoPermission({ seen }: { seen: SecurityKeysSeen | null }) {
  const { t } = useTranslation();
  const forbidden = seen?.devices.find(({ problem }) => problem === 'noPermission');
  if (!forbidden) return null;
  const command = seen?.permissionCommand ?? null;
  return (
    <Notice tone="warn" title={<Named text={t('keys.noPermission', { name: marked(forbidden.name) })} />}>
      {command === null ? t('keys.noPermissionText') : <PermissionCommand command={command} />}
    </Notice>
  );
}
