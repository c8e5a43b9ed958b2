import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { marked } from '../../ui/named.tsx';
import type { CeremonyState } from './ceremony-store.ts';

type Context = {
  /** Of the credential. */
  name: string;
  purpose: 'make' | 'sign';
  /** What is said once the ceremony is over. */
  after: string | null;
};

/** One line that says what is going on, names marked, and what to do about it (empty where there is nothing). */
export type LiveWords = { words: string; hint: string };

/** What the live panel says in words. */
export function useLiveWords(state: CeremonyState, context: Context): LiveWords {
  const { t } = useTranslation();
  return liveWords(t, state, context);
}

/** As {@link useLiveWords}, with the texts given. */
export function liveWords(t: TFunction<'app'>, state: CeremonyState, context: Context): LiveWords {
  const only = (words: string): LiveWords => ({ words, hint: '' });
  if (context.after !== null) return only(context.after);
  if (state.phase !== 'running') return only('');
  const { status, answered, cancelling } = state;
  if (cancelling) return only(t('common.cancelling'));
  if (status === null) return only(t('ceremony.connecting'));
  switch (status.phase) {
    case 'insert':
      return insertWords(t, status.waitingFor ?? 'first', context);
    case 'choose':
      return { words: t('ceremony.choose'), hint: t('ceremony.chooseHint') };
    case 'connecting':
      return only(
        status.authenticator === null
          ? t('ceremony.connecting')
          : t('ceremony.connectingTo', { name: marked(status.authenticator.name) }),
      );
    case 'pin':
      return only(answered ? t('ceremony.checkingPin') : t('ceremony.waitingPin'));
    case 'verify':
      return only(answered ? t('ceremony.askingPin') : t('ceremony.verify'));
    case 'touch':
      return {
        words: answered ? t('ceremony.touched') : t('ceremony.waiting'),
        hint: t(status.authenticator?.software ? 'ceremony.touchSoftware' : 'ceremony.touchHardware'),
      };
    case 'working':
      return only(t('ceremony.working'));
  }
}

function insertWords(
  t: TFunction<'app'>,
  waitingFor: NonNullable<OperationStatus['waitingFor']>,
  { name, purpose }: Context,
): LiveWords {
  switch (waitingFor) {
    case 'removed':
      return {
        words: t('ceremony.insert.removed'),
        hint: t(purpose === 'make' ? 'ceremony.insert.removedMake' : 'ceremony.insert.removedSign'),
      };
    case 'wrongKey':
      return {
        words: t('ceremony.insert.wrongKey', { name: marked(name) }),
        hint: t('ceremony.insert.wrongKeyHint'),
      };
    default:
      return { words: t(`ceremony.insert.${waitingFor}`), hint: t(`ceremony.insert.${waitingFor}Hint`) };
  }
}
