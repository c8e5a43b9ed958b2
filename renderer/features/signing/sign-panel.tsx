import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Signer } from '../../../shared/domain/index.ts';
import { Button } from '../../ui/button.tsx';
import { DialogFoot } from '../../ui/dialog.tsx';
import { FocusRescue } from '../../ui/focus-rescue.tsx';
import { timeLeft } from '../../ui/format.ts';
import { useSecond } from '../../ui/moment.tsx';
import { Notice } from '../../ui/notice.tsx';
import { CeremonyError } from '../ceremony/ceremony-error.tsx';
import { CeremonyHelp } from '../ceremony/ceremony-help.tsx';
import { LivePanel } from '../ceremony/live-panel.tsx';
import { SignerChoice } from '../ceremony/signer-choice.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import type { ActionFlow } from './action-flow.ts';
import { RequestView } from './request-view.tsx';
import css from './sign-panel.module.css';

type BodyProps = {
  flow: ActionFlow;
  /** Of the new key, where the request creates one. */
  fingerprint?: string | null;
  /** The credential that is being created. */
  self?: { name: string; kind: Signer['kind']; model: string } | null;
  /** What it leads to, where that is not plain from the request; shown until it is being signed. */
  consequence?: ReactNode;
};

function isSoftware(signers: Signer[], id: string | null): boolean {
  return signers.find((signer) => signer.id === id)?.kind === 'software';
}

/** The middle of a signing dialog: what is signed, who signs, and then the live authenticator. */
export function SignBody(props: BodyProps) {
  const stage = useStore(props.flow.store, (state) => state.stage);
  return (
    <FocusRescue state={stage}>
      <SignStage {...props} />
    </FocusRescue>
  );
}

function SignStage({ flow, fingerprint = null, self = null, consequence = null }: BodyProps) {
  const { t } = useTranslation();
  const state = useStore(flow.store);
  if (state.stage === 'failed') {
    return (
      <ErrorNotice
        error={state.error}
        action={<Button onPress={() => void flow.begin()}>{t('common.retry')}</Button>}
      />
    );
  }
  if (state.stage === 'idle' || state.stage === 'beginning' || state.stage === 'done') {
    return (
      <p role="status" className={css.preparing}>
        {state.stage === 'done' ? '' : t('sign.preparing')}
      </p>
    );
  }
  const { challenge, signerId } = state;
  const software = isSoftware(challenge.signers, signerId);
  return (
    <>
      <RequestView challenge={challenge} fingerprint={fingerprint} />
      {state.stage === 'ready' ? (
        <>
          {consequence}
          {state.cancelled && (
            <Notice tone="info" role="status">
              {t('ceremony.cancelled')}
            </Notice>
          )}
          {state.error !== null && (
            <CeremonyError
              error={state.error}
              software={software}
              onRetry={() => void flow.sign()}
              onReconnect={() => void flow.reconnectAndSign()}
              onRenew={() => void flow.begin()}
            />
          )}
          {state.error === null && <Expired flow={flow} at={challenge.expiresAt} />}
          <SignerChoice
            signers={challenge.signers}
            signerId={signerId}
            onChoose={flow.choose}
            self={self}
            aside={<Validity at={challenge.expiresAt} />}
          />
        </>
      ) : (
        <LivePanel
          ceremony={flow.ceremony}
          software={software}
          name={challenge.signers.find((signer) => signer.id === signerId)?.name ?? ''}
          purpose="sign"
          after={state.stage === 'committing' ? t('ceremony.saving') : null}
        />
      )}
    </>
  );
}

function useExpired(at: number): boolean {
  return useSecond() >= at;
}

function Validity({ at }: { at: number }) {
  const { t } = useTranslation();
  const now = useSecond();
  if (now >= at) return null;
  return <span className={css.expiry}>{t('sign.expires', { time: timeLeft(at, now) })}</span>;
}

function Expired({ flow, at }: { flow: ActionFlow; at: number }) {
  const { t } = useTranslation();
  if (!useExpired(at)) return null;
  return (
    <Notice
      tone="warn"
      role="alert"
      title={t('sign.expired')}
      actions={
        <Button variant="primary" onPress={() => void flow.begin()}>
          {t('sign.renew')}
        </Button>
      }
    >
      {t('sign.expiredText')}
    </Notice>
  );
}

type FootProps = {
  flow: ActionFlow;
  /** "Sign and save" and the like. */
  action: string;
  /** Leaves the dialog, where nothing runs. */
  onClose: () => void;
  onBack?: (() => void) | null;
};

/** The footer that goes with {@link SignBody}. */
export function SignFoot({ flow, action, onClose, onBack = null }: FootProps) {
  const { t } = useTranslation();
  const state = useStore(flow.store);
  const expiresAt = 'challenge' in state ? state.challenge.expiresAt : Number.POSITIVE_INFINITY;
  const expired = useExpired(expiresAt);
  const ceremony = useStore(flow.ceremony.store);
  if (state.stage === 'signing' || state.stage === 'committing') {
    const software = isSoftware(state.challenge.signers, state.signerId);
    const cancelling = ceremony.phase === 'running' && ceremony.cancelling;
    return (
      <DialogFoot start={<CeremonyHelp ceremony={flow.ceremony} software={software} />}>
        <Button isDisabled={state.stage === 'committing' || cancelling} onPress={() => void flow.cancel()}>
          {t('common.cancel')}
        </Button>
      </DialogFoot>
    );
  }
  const ready = state.stage === 'ready' && state.signerId !== null && !expired;
  return (
    <DialogFoot
      start={
        <>
          {onBack !== null && (
            <Button variant="ghost" onPress={onBack}>
              {t('common.back')}
            </Button>
          )}
          <HelpLink topic="authentication" />
        </>
      }
    >
      <Button onPress={onClose}>{t('common.cancel')}</Button>
      <Button variant="primary" isDisabled={!ready} onPress={() => void flow.sign()}>
        {action}
      </Button>
    </DialogFoot>
  );
}
