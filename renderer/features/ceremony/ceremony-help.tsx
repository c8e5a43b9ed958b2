import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { HelpLink } from '../troubleshooting/help-link.tsx';
import type { Topic } from '../troubleshooting/topics.ts';
import type { Ceremony } from './ceremony-store.ts';

type Wait = { topic: Topic; text: 'helpHardware' | 'helpInsert' | 'helpVerify' };

function waitOf(status: OperationStatus | null): Wait {
  if (status?.phase === 'verify') return { topic: 'authentication', text: 'helpVerify' };
  if (status?.phase !== 'insert') return { topic: 'prompt', text: 'helpHardware' };
  const locked = status.waitingFor === 'softLocked';
  return { topic: locked ? 'authentication' : 'notFound', text: 'helpInsert' };
}

/** The way to troubleshooting from a running ceremony, at the topic that fits what it waits for. */
export function CeremonyHelp({ ceremony, software }: { ceremony: Ceremony; software: boolean }) {
  const { t } = useTranslation();
  const status = useStore(ceremony.store, (state) => (state.phase === 'running' ? state.status : null));
  const { topic, text } = waitOf(status);
  return software ? (
    <HelpLink topic="prompt" text={t('ceremony.helpSoftware')} />
  ) : (
    <HelpLink topic={topic} text={t(`ceremony.${text}`)} />
  );
}
