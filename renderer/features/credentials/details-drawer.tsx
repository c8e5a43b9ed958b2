import Pencil from 'lucide-react/icons/pencil';
import Power from 'lucide-react/icons/power';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { CredentialDetails } from '../../../shared/domain/index.ts';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { Copyable } from '../../ui/copyable.tsx';
import { DialogBody, DialogHead, ModalShell } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/facts.tsx';
import { Fingerprint } from '../../ui/fingerprint.tsx';
import { Ago, Moment } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import type { Change } from './change.ts';
import ChangeDialog from './change-dialog.tsx';
import css from './details-drawer.module.css';
import { createDetailsStore } from './details-store.ts';
import { HistoryList } from './history-list.tsx';
import { StateTag } from './state-tag.tsx';

type Props = { id: string; onClose: () => void };

/** Everything that is known of one credential, at the side of the list. */
export default function DetailsDrawer({ id, onClose }: Props) {
  const { t } = useTranslation();
  const { bridge } = useServices();
  const [store] = useState(() => createDetailsStore(bridge));
  const state = useStore(store.store);

  useEffect(() => {
    void store.load(id);
    return bridge.on('credentials.changed', () => void store.load(id));
  }, [store, bridge, id]);

  return (
    <ModalShell side onClose={onClose}>
      <DialogHead
        title={state.phase === 'ready' ? <bdi>{state.details.name}</bdi> : t('details.loading')}
        closeLabel={t('details.close')}
        onClose={onClose}
      >
        {state.phase === 'ready' && (
          <span>
            <StateTag state={state.details.state} />
          </span>
        )}
      </DialogHead>
      <DialogBody>
        {state.phase === 'loading' && <Ghost />}
        {state.phase === 'failed' && (
          <ErrorNotice
            error={state.error}
            action={<Button onPress={() => void store.load(id)}>{t('common.retry')}</Button>}
          />
        )}
        {state.phase === 'ready' && <Details details={state.details} />}
      </DialogBody>
    </ModalShell>
  );
}

function Ghost() {
  return (
    <div className={css.ghost}>
      {['72%', '88%', '64%', '80%', '56%', '76%'].map((width) => (
        <Skeleton key={width} width={width} />
      ))}
    </div>
  );
}

function Details({ details }: { details: CredentialDetails }) {
  const { t } = useTranslation();
  const [change, setChange] = useState<Change | null>(null);
  const algorithm = useAlgorithm();
  const on = details.state === 'active';
  return (
    <>
      <div className={css.actions}>
        <Button
          icon={<Pencil aria-hidden="true" />}
          onPress={() => setChange({ what: 'rename', credential: details })}
        >
          {t('details.rename')}
        </Button>
        <Button
          icon={<Power aria-hidden="true" />}
          variant={on ? 'danger' : 'secondary'}
          isDisabled={details.lastActive || details.state === 'retired'}
          onPress={() => setChange({ what: 'state', credential: details, state: on ? 'inactive' : 'active' })}
        >
          {on ? t('details.switchOff') : t('details.switchOn')}
        </Button>
      </div>
      {details.lastActive && <p className={css.why}>{t('credentials.onlyWhy')}</p>}
      <Section title={t('details.identity')}>
        <Facts
          facts={[
            {
              term: t('details.kind'),
              value:
                details.kind === 'software'
                  ? `${t('kind.software')} · ${t('kindNote.software')}`
                  : t(`kind.${details.kind}`),
            },
            { term: t('details.model'), value: details.model },
            {
              term: t('details.verification'),
              value: details.canVerifyUser ? t('details.verifies') : `${t('u2f.title')}. ${t('u2f.text')}`,
            },
            {
              term: t('details.fingerprint'),
              value: (
                <Copyable text={details.fingerprint} what={t('details.fingerprint')}>
                  <Fingerprint hex={details.fingerprint} />
                </Copyable>
              ),
            },
            {
              term: t('details.credentialId'),
              value: (
                <Copyable text={details.credentialId} what={t('details.credentialId')}>
                  <span className="mono">{details.credentialId}</span>
                </Copyable>
              ),
            },
          ]}
        />
      </Section>
      <Section title={t('details.usage')}>
        <Facts
          facts={[
            { term: t('details.created'), value: <Moment at={details.createdAt} /> },
            {
              term: t('details.lastUsed'),
              value:
                details.lastUsedAt === null ? (
                  t('common.never')
                ) : (
                  <>
                    <Ago at={details.lastUsedAt} />
                    {details.lastUsedFor !== null && ` · ${t(`use.${details.lastUsedFor}`)}`}
                  </>
                ),
            },
            {
              term: t('details.counter'),
              value: details.signCount === 0 ? t('details.counterNone') : String(details.signCount),
            },
          ]}
        />
      </Section>
      <Section title={t('details.technical')}>
        <Facts
          facts={[
            { term: t('details.aaguid'), value: <span className="mono">{details.aaguid}</span> },
            { term: t('details.algorithm'), value: algorithm(details.algorithm) },
            {
              term: t('details.backup'),
              value: details.backedUp
                ? t('details.backupSynced')
                : details.backupEligible
                  ? t('details.backupEligible')
                  : t('details.backupBound'),
            },
            {
              term: t('details.transports'),
              value: details.transports.length > 0 ? details.transports.join(', ') : t('common.none'),
            },
            {
              term: t('details.attestation'),
              value:
                details.attestationFormat === 'none'
                  ? t('details.attestationNone')
                  : t('details.attestationSelf', { format: details.attestationFormat }),
            },
            { term: t('details.rp'), value: <span className="mono">{details.rpId}</span> },
            { term: t('details.origin'), value: <span className="mono">{details.origin}</span> },
          ]}
        />
      </Section>
      <Section title={t('details.history')}>
        <HistoryList entries={details.history} />
      </Section>
      {change !== null && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.section} aria-label={title}>
      <h3 className={css.title}>{title}</h3>
      {children}
    </section>
  );
}

function useAlgorithm(): (id: number) => string {
  const { t } = useTranslation();
  return (id) => {
    if (id === -7) return t('algorithm.es256');
    if (id === -8) return t('algorithm.eddsa');
    if (id === -257) return t('algorithm.rs256');
    return t('algorithm.other', { id });
  };
}
