import { useTranslation } from 'react-i18next';
import { Copyable } from '../../ui/copyable.tsx';
import css from './permission-command.module.css';

/** The command that gives access to security keys, what it does, and a button that copies it. */
export function PermissionCommand({ command }: { command: string }) {
  const { t } = useTranslation();
  return (
    <div className={css.permission}>
      <p>{t('keys.commandText')}</p>
      <div className={css.command}>
        <Copyable text={command} what={t('keys.command')}>
          <code className="mono">{command}</code>
        </Copyable>
      </div>
    </div>
  );
}
