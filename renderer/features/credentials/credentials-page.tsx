import Plus from 'lucide-react/icons/plus';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useStore } from 'zustand';
import type { Credential } from '../../../shared/domain/index.ts';
import { Page } from '../../app/page.tsx';
import { part } from '../../app/part.tsx';
import { useServices } from '../../app/services.tsx';
import { Button } from '../../ui/button.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ErrorNotice } from '../troubleshooting/error-notice.tsx';
import type { Change } from './change.ts';
import { CredentialTable } from './credential-table.tsx';
import css from './credentials-page.module.css';
import { ListTools } from './list-tools.tsx';

const DetailsDrawer = part(() => import('./details-drawer.tsx'));
const ChangeDialog = part(() => import('./change-dialog.tsx'));

/** The list of credentials with all that can be done from it. `openId`: whose details are open. */
export function CredentialsPage({ openId }: { openId: string | null }) {
  const { t } = useTranslation();
  const { list, wizard } = useServices();
  const [, navigate] = useLocation();
  const phase = useStore(list.store, (state) => state.phase);
  const error = useStore(list.store, (state) => state.error);
  const active = useStore(list.store, (state) => state.active);
  const [change, setChange] = useState<Change | null>(null);

  useEffect(() => {
    void list.refresh();
  }, [list]);

  function create() {
    wizard.forgetFinished();
    navigate('/create');
  }

  return (
    <Page
      title={t('credentials.title')}
      sub={
        <>
          {t('credentials.sub')}{' '}
          {phase === 'loading' ? <Skeleton width="56px" /> : t('credentials.activeCount', { count: active })}
        </>
      }
      action={
        <Button variant="primary" icon={<Plus aria-hidden="true" />} onPress={create}>
          {t('credentials.create')}
        </Button>
      }
    >
      <ListTools />
      {error !== null && (
        <div className={css.error}>
          <ErrorNotice
            error={error}
            action={<Button onPress={() => void list.refresh()}>{t('common.retry')}</Button>}
          />
        </div>
      )}
      <CredentialTable
        pendingId={change?.what === 'state' ? change.credential.id : null}
        onOpen={(credential: Credential) => navigate(`/credentials/${credential.id}`)}
        onChange={setChange}
        onCreate={create}
      />
      {openId !== null && <DetailsDrawer id={openId} onClose={() => navigate('/credentials')} />}
      {change !== null && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </Page>
  );
}
