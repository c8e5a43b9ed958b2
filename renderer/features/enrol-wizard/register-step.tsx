import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { DialogBody, DialogFoot, StepHeading } from '../../ui/dialog.tsx';
import { FocusRescue } from '../../ui/focus-rescue.tsx';
import { KeyPicture } from '../../ui/key-picture.tsx';
import { Notice } from '../../ui/notice.tsx';
import { CeremonyError } from '../ceremony/ceremony-error.tsx';
import { CeremonyHelp } from '../ceremony/ceremony-help.tsx';
import { LivePanel } from '../ceremony/live-panel.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import css from './wizard-view.module.css';

/** Step 3: the authenticator makes the passkey. */
export function RegisterStep({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { wizard } = useServices();
  const { name, kind, error, notice } = useStore(wizard.store);
  const ceremony = useStore(wizard.ceremony.store);
  const software = kind === 'software';
  const running = ceremony.phase === 'running';
  const register = () => void wizard.register();

  return (
    <>
      <DialogBody tall>
        <div className={css.intro}>
          <StepHeading>{t('register.title', { name })}</StepHeading>
          <p>{t(`register.${software ? 'software' : 'hardware'}${running ? 'Now' : 'Ready'}`)}</p>
        </div>
        <FocusRescue state={ceremony.phase}>
          {running ? (
            <LivePanel ceremony={wizard.ceremony} software={software} name={name} purpose="make" />
          ) : (
            <div className={css.idle}>
              {ceremony.phase === 'failed' && (
                <CeremonyError
                  error={ceremony.error}
                  software={software}
                  onRetry={register}
                  onReconnect={() => void wizard.reconnectAndRegister()}
                />
              )}
              {error !== null && ceremony.phase !== 'failed' && <ErrorNotice error={error} />}
              {ceremony.phase === 'cancelled' && (
                <Notice tone="info" role="status">
                  {t('register.cancelled')}
                </Notice>
              )}
              {notice === 'resumed' && ceremony.phase === 'idle' && (
                <Notice tone="info" role="status">
                  {t('register.interrupted')}
                  {kind === 'securityKey' && ` ${t('register.interruptedKey')}`}
                </Notice>
              )}
              <div className={css.picture}>
                <KeyPicture software={software} state="idle" />
              </div>
            </div>
          )}
        </FocusRescue>
      </DialogBody>
      <DialogFoot
        start={
          <>
            {!running && (
              <Button variant="ghost" onPress={() => wizard.back()}>
                {t('common.back')}
              </Button>
            )}
            <CeremonyHelp ceremony={wizard.ceremony} software={software} />
          </>
        }
      >
        {running ? (
          <Button isDisabled={ceremony.cancelling} onPress={() => void wizard.ceremony.cancel()}>
            {t('common.cancel')}
          </Button>
        ) : (
          <>
            <Button onPress={onClose}>{t('common.cancel')}</Button>
            {ceremony.phase !== 'failed' && (
              <Button variant="primary" onPress={register}>
                {ceremony.phase === 'cancelled' ? t('common.retry') : t('register.start')}
              </Button>
            )}
          </>
        )}
      </DialogFoot>
    </>
  );
}
