import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserVerificationPolicy } from '../../../shared/domain/index.ts';
import { say } from '../../app/toast-store.ts';
import { Notice } from '../../ui/notice.tsx';
import { ActionDialog, useActionFlow } from '../signing/action-dialog.tsx';
import { verificationRequest } from './verification.ts';

type Props = { policy: UserVerificationPolicy; onClose: () => void };

/** Another rule on user verification: what follows from it, what is signed, and by whom. */
export default function VerificationDialog({ policy, onClose }: Props) {
  const { t } = useTranslation();
  const flow = useActionFlow(
    () => verificationRequest(policy),
    () => {
      say(t(`verification.${policy}.done`));
      onClose();
    },
  );

  useEffect(() => void flow.begin(), [flow]);

  return (
    <ActionDialog
      flow={flow}
      title={t(`verification.${policy}.title`)}
      lead={t(`verification.${policy}.lead`)}
      action={t(`verification.${policy}.sign`)}
      consequence={
        <Notice tone={policy === 'preferred' ? 'warn' : 'info'} title={t('verification.consequence')}>
          {t(`verification.${policy}.consequence`)}
        </Notice>
      }
      onClose={onClose}
    />
  );
}
