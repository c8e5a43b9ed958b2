import Check from 'lucide-react/icons/check';
import Fingerprint from 'lucide-react/icons/fingerprint-pattern';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { useFocusRescue } from '../../ui/focus-rescue.tsx';
import { timeLeft } from '../../ui/format.ts';
import { KeyPicture } from '../../ui/key-picture.tsx';
import { useSecond } from '../../ui/moment.tsx';
import { Tag } from '../../ui/tag.tsx';
import type { Ceremony, CeremonyState } from './ceremony-store.ts';
import css from './live-panel.module.css';
import { PinForm } from './pin-form.tsx';

type Props = {
  ceremony: Ceremony;
  /** Whether the authenticator is a software key; events tell the same, but only from the first one on. */
  software: boolean;
  /** What the person calls the credential; each software key holds one and goes by its name. */
  name: string;
  /** Shown instead of the ceremony's own words, for what comes after it. */
  after?: string | null;
};

/** What the authenticator is doing, and what it wants from the person. */
export function LivePanel({ ceremony, software, name, after = null }: Props) {
  const { t } = useTranslation();
  const state = useStore(ceremony.store);
  const status = state.phase === 'running' ? state.status : null;
  const answered = state.phase === 'running' && state.answered;
  const words = useStatusWords(state, after);
  const asksPin = status?.phase === 'pin' && status.pin !== null && !answered && after === null;
  const asksTouch = status?.phase === 'touch' && after === null;

  const panel = useFocusRescue<HTMLElement>(`${status?.phase} ${answered}`);

  // In a low window it may begin below the fold.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, [panel]);

  return (
    <section ref={panel} tabIndex={-1} aria-label={t('ceremony.region')} className={css.panel}>
      {asksPin && status.pin ? (
        <PinForm
          ask={status.pin}
          name={status.authenticator.software ? name : status.authenticator.name}
          onPin={(pin) => void ceremony.sendPin(pin)}
        />
      ) : (
        <KeyPicture
          software={status?.authenticator.software ?? software}
          state={asksTouch && !answered ? 'touch' : 'busy'}
        />
      )}
      <div className={asksPin ? css.under : css.live}>
        {status?.pinAccepted && (
          <Tag tone="ok" icon={<Check aria-hidden="true" />}>
            {t('ceremony.pinAccepted')}
          </Tag>
        )}
        <span role="status" className={asksPin ? 'visually-hidden' : css.words}>
          {words}
        </span>
        {status?.deadline && after === null && (asksTouch || asksPin) && (
          <Countdown until={status.deadline} labelled={asksPin} />
        )}
      </div>
      {asksTouch && <TouchPart status={status} answered={answered} onTouch={() => void ceremony.touch()} />}
    </section>
  );
}

function useStatusWords(state: CeremonyState, after: string | null): string {
  const { t } = useTranslation();
  if (after !== null) return after;
  if (state.phase !== 'running') return '';
  const { status, answered, cancelling } = state;
  if (cancelling) return t('common.cancelling');
  if (status === null) return t('ceremony.connecting');
  if (status.phase === 'connecting') return t('ceremony.connectingTo', { name: status.authenticator.name });
  if (status.phase === 'pin') return answered ? t('ceremony.checkingPin') : t('ceremony.waitingPin');
  if (status.phase === 'touch') return answered ? t('ceremony.touched') : t('ceremony.waiting');
  return t('ceremony.working');
}

function Countdown({ until, labelled }: { until: number; labelled: boolean }) {
  const { t } = useTranslation();
  const now = useSecond();
  return (
    <span className={css.time}>
      <span className={labelled ? undefined : 'visually-hidden'}>{t('ceremony.timeLeft')} </span>
      <span role="timer">{timeLeft(until, now)}</span>
    </span>
  );
}

function TouchPart({
  status,
  answered,
  onTouch,
}: {
  status: OperationStatus;
  answered: boolean;
  onTouch: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);
  const { software } = status.authenticator;

  useEffect(() => {
    if (software) button.current?.focus();
  }, [software]);

  if (!software) return <p className={css.hint}>{t('ceremony.touchHardware')}</p>;

  // A touch stands for a person: clicks made by a script do not count.
  function click(event: MouseEvent) {
    if (event.nativeEvent.isTrusted) onTouch();
  }
  // The key that sent the PIN may still be held down when this button gets the focus.
  function key(event: KeyboardEvent) {
    if (event.repeat) event.preventDefault();
  }

  return (
    <>
      <button
        ref={button}
        type="button"
        className={css.touch}
        aria-disabled={answered}
        onClick={click}
        onKeyDown={key}
      >
        <Fingerprint aria-hidden="true" />
        {t('ceremony.touch')}
      </button>
      <p className={css.hint}>{t('ceremony.touchSoftware')}</p>
    </>
  );
}
