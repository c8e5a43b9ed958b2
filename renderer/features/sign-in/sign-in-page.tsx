import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { KeywrightBridge } from '../../../shared/contract/index.ts';
import type { Session } from '../../../shared/domain/index.ts';
import { useServices } from '../../app/services.tsx';
import { Stage } from '../../app/stage.tsx';
import { Button } from '../../ui/button.tsx';
import { FocusRescue } from '../../ui/focus-rescue.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { type AssertionFlow, type Challenge, createAssertionFlow } from '../ceremony/assertion-flow.ts';
import { CeremonyError } from '../ceremony/ceremony-error.tsx';
import { CeremonyHelp } from '../ceremony/ceremony-help.tsx';
import { LivePanel } from '../ceremony/live-panel.tsx';
import { SignerChoice } from '../ceremony/signer-choice.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import css from './sign-in-page.module.css';

type SignInFlow = AssertionFlow<Challenge, Session>;

function createSignInFlow(bridge: KeywrightBridge, onDone: () => void): SignInFlow {
  return createAssertionFlow<Challenge, Session>({
    bridge,
    begin: () => bridge.call('signIn.begin', {}),
    commit: ({ challengeId }, assertion) => bridge.call('signIn.commit', { challengeId, assertion }),
    onDone,
  });
}

/** Signing in with one of the workspace's credentials. */
export default function SignInPage({ workspaceName }: { workspaceName: string }) {
  const { t } = useTranslation();
  const { bridge, app } = useServices();
  const [flow] = useState(() => createSignInFlow(bridge, () => void app.refresh()));
  const stage = useStore(flow.store, (state) => state.stage);
  useEffect(() => {
    document.title = t('app.title', { page: t('signIn.submit') });
    void flow.begin();
    return () => void flow.cancel();
  }, [flow, t]);
  return (
    <Stage>
      <div className={css.intro}>
        <h1>{t('signIn.title', { workspace: workspaceName })}</h1>
        <p>{t('signIn.lead')}</p>
      </div>
      <FocusRescue state={stage}>
        <SignInBody flow={flow} />
      </FocusRescue>
    </Stage>
  );
}

function SignInBody({ flow }: { flow: SignInFlow }) {
  const { t } = useTranslation();
  const state = useStore(flow.store);
  const ceremony = useStore(flow.ceremony.store);
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
      <div role="status" className={css.waiting}>
        <span className="visually-hidden">{state.stage === 'done' ? '' : t('signIn.preparing')}</span>
        <div className={css.ghost}>
          <Skeleton width="48%" />
        </div>
      </div>
    );
  }
  const { challenge, signerId } = state;
  const signer = challenge.signers.find((each) => each.id === signerId);
  const software = signer?.kind === 'software';
  if (state.stage !== 'ready') {
    const cancelling = ceremony.phase === 'running' && ceremony.cancelling;
    return (
      <>
        <LivePanel
          ceremony={flow.ceremony}
          software={software}
          name={signer?.name ?? ''}
          purpose="sign"
          after={state.stage === 'committing' ? t('ceremony.saving') : null}
        />
        <div className={css.foot}>
          <CeremonyHelp ceremony={flow.ceremony} software={software} />
          <Button isDisabled={state.stage === 'committing' || cancelling} onPress={() => void flow.cancel()}>
            {t('common.cancel')}
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      {state.cancelled && (
        <Notice tone="info" role="status">
          {t('signIn.cancelled')}
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
      <SignerChoice signers={challenge.signers} signerId={signerId} onChoose={flow.choose} />
      <div className={css.foot}>
        <HelpLink topic="authentication" />
        <Button variant="primary" isDisabled={signerId === null} onPress={() => void flow.sign()}>
          {t('signIn.submit')}
        </Button>
      </div>
    </>
  );
}
