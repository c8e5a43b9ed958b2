import ChevronRight from 'lucide-react/icons/chevron-right';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DialogBody, DialogHead, ModalShell } from '../../ui/dialog.tsx';
import { PermissionCommand } from '../security-keys/permission-command.tsx';
import { useSecurityKeys } from '../security-keys/use-security-keys.ts';
import { TOPICS, type Topic } from './topics.ts';
import css from './troubleshooting-dialog.module.css';

type Props = { topic: Topic; triesLeft: number | null; onClose: () => void };

/** What may go wrong, each with its cause and the steps that help. */
export default function TroubleshootingDialog({ topic, triesLeft, onClose }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Topic | null>(topic);
  const command = useSecurityKeys(open === 'permission')?.permissionCommand ?? null;
  return (
    <ModalShell side onClose={onClose}>
      <DialogHead title={t('help.title')} closeLabel={t('common.close')} onClose={onClose}>
        <p className={css.lead}>{t('help.lead')}</p>
      </DialogHead>
      <DialogBody>
        <ul className={css.topics}>
          {TOPICS.map((each) => (
            <li key={each} className={css.topic}>
              <details
                open={each === open}
                onToggle={(event) => {
                  if (event.currentTarget.open) setOpen(each);
                  else if (open === each) setOpen(null);
                }}
              >
                <summary className={css.summary}>
                  <ChevronRight aria-hidden="true" />
                  {t(`help.topic.${each}.title`)}
                </summary>
                <div className={css.text}>
                  <p>{t(`help.topic.${each}.cause`)}</p>
                  {each === 'authentication' && triesLeft !== null && (
                    <p className={css.tries}>{t('help.tries', { count: triesLeft })}</p>
                  )}
                  <ol className={css.steps}>
                    {t(`help.topic.${each}.steps`, { returnObjects: true }).map((step) => (
                      <li key={step}>{step}</li>
                    ))}
                  </ol>
                  {each === 'permission' && command !== null && <PermissionCommand command={command} />}
                </div>
              </details>
            </li>
          ))}
        </ul>
      </DialogBody>
    </ModalShell>
  );
}
