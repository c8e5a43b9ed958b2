import Check from 'lucide-react/icons/check';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { useFocusRescue } from '../../ui/focus-rescue.tsx';
import { timeLeft } from '../../ui/format.ts';
import { KeyPicture, type KeyPictureState } from '../../ui/key-picture.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { useSecond } from '../../ui/moment.tsx';
import { Named } from '../../ui/named.tsx';
import { Tag } from '../../ui/tag.tsx';
import { SimulatedTag } from '../security-keys/simulated-tag.tsx';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import type { Ceremony } from './ceremony-store.ts';
import css from './live-panel.module.css';
import { useLiveWords } from './live-words.ts';
import { PinForm } from './pin-form.tsx';
import { TouchButton } from './touch-button.tsx';
import { VerifyPart } from './verify-part.tsx';

type Props = {
  ceremony: Ceremony;
  /** Whether the authenticator is a software key; events tell the same, but only from the first one on. */
  software: boolean;
  /** What the person calls the credential; each software key holds one and goes by its name. */
  name: string;
  /** Whether a passkey is made, or something is signed with one. */
  purpose: 'make' | 'sign';
  /** Shown instead of the ceremony's own words, for what comes after it. */
  after?: string | null;
};

/** What the authenticator is doing, and what it wants from the person. */
export function LivePanel({ ceremony, software, name, purpose, after = null }: Props) {
  const { t } = useTranslation();
  const state = useStore(ceremony.store);
  const status = state.phase === 'running' ? state.status : null;
  const answered = state.phase === 'running' && state.answered;
  const { words, hint } = useLiveWords(state, { name, purpose, after });
  // What the person is asked for; nothing once it was given, or where it is over.
  const asked = after === null && !answered ? status : null;
  const pin = asked?.phase === 'pin' ? asked.pin : null;
  const touchesHere = after === null && status?.phase === 'touch' && status.authenticator?.software === true;

  const panel = useFocusRescue<HTMLElement>(`${status?.phase} ${answered}`);

  // In a low window it may begin below the fold.
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, [panel]);

  return (
    <section
      ref={panel}
      tabIndex={-1}
      aria-label={t('ceremony.region')}
      className={css.panel}
      data-hardware={!software}
      data-picture={pin === null}
    >
      {!software && <Who authenticator={status?.authenticator ?? null} />}
      {pin !== null ? (
        <PinForm
          ask={pin}
          name={software ? name : (status?.authenticator?.name ?? name)}
          onPin={(typed) => void ceremony.sendPin(typed)}
        />
      ) : (
        <KeyPicture
          software={status?.authenticator?.software ?? software}
          state={asked === null ? 'busy' : pictureOf(asked)}
        />
      )}
      <div className={pin !== null ? css.under : css.live}>
        {status?.verifiedBy && (
          <Tag tone="ok" icon={<Check aria-hidden="true" />}>
            {t(`ceremony.verifiedBy.${status.verifiedBy}`)}
          </Tag>
        )}
        <span role="status" className={pin !== null ? 'visually-hidden' : css.words}>
          <Named text={words} />
        </span>
        {status?.deadline && (asked !== null || touchesHere) && waitsForPerson(status) && (
          <Countdown until={status.deadline} labelled={pin !== null} />
        )}
      </div>
      {asked?.phase === 'choose' && <Candidates keys={asked.candidates} />}
      {touchesHere && <TouchButton answered={answered} onTouch={() => void ceremony.touch()} />}
      {asked?.phase === 'verify' && asked.verification !== null && (
        <VerifyPart verification={asked.verification} onAskForPin={() => void ceremony.askForPin()} />
      )}
      <p role="status" className={css.hint}>
        {hint}
      </p>
      {asked?.waitingFor === 'blocked' && (
        <HelpLink topic="permission" text={t('ceremony.helpBlocked')} plain />
      )}
    </section>
  );
}

function pictureOf({ phase, waitingFor }: OperationStatus): KeyPictureState {
  switch (phase) {
    case 'insert':
      return waitingFor === 'blocked' ? 'blocked' : 'insert';
    case 'choose':
    case 'verify':
    case 'touch':
      return phase;
    default:
      return 'busy';
  }
}

function waitsForPerson({ phase }: OperationStatus): boolean {
  return phase !== 'connecting' && phase !== 'working';
}

/** The key that is in use, as it calls itself. Its place is kept while it is not known yet. */
function Who({ authenticator }: { authenticator: OperationStatus['authenticator'] }) {
  return (
    <p className={css.who}>
      {authenticator !== null && (
        <>
          <KindIcon kind="securityKey" size={16} />
          <bdi className={css.whoName} title={authenticator.name}>
            {authenticator.name}
          </bdi>
          {authenticator.simulated && <SimulatedTag />}
        </>
      )}
    </p>
  );
}

function Candidates({ keys }: { keys: OperationStatus['candidates'] }) {
  const { t } = useTranslation();
  return (
    <ul className={css.candidates} aria-label={t('ceremony.candidates')}>
      {keys.map(({ name, simulated }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two keys of one model have the same name
        <li key={index}>
          <KindIcon kind="securityKey" size={16} />
          <bdi>{name}</bdi>
          {simulated && <SimulatedTag />}
        </li>
      ))}
    </ul>
  );
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
