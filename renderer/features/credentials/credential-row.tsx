import { clsx } from 'clsx';
import Pencil from 'lucide-react/icons/pencil';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Credential } from '../../../shared/domain/index.ts';
import { IconButton } from '../../ui/button.tsx';
import { KindIcon } from '../../ui/kind-icon.tsx';
import { Ago, Day } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Cell, Row } from '../../ui/table.tsx';
import { Tip } from '../../ui/tip.tsx';
import { Toggle } from '../../ui/toggle.tsx';
import type { Change } from './change.ts';
import css from './credential-table.module.css';
import { StateTag } from './state-tag.tsx';

type Props = {
  credential: Credential;
  index: number;
  /** Distance from the top of the list, px. */
  top: number;
  pending: boolean;
  onOpen: (credential: Credential) => void;
  onChange: (change: Change) => void;
};

/** One credential in the list. */
export const CredentialRow = memo(function CredentialRow({
  credential,
  index,
  top,
  pending,
  onOpen,
  onChange,
}: Props) {
  const { t } = useTranslation();
  const { id, name, kind, state, model, canVerifyUser, lastActive } = credential;
  const on = state === 'active';
  return (
    <Row
      aria-rowindex={index + 2}
      data-row={index}
      className={clsx(css.row, css.bodyRow, !on && css.off)}
      style={{ top }}
    >
      <Cell className={clsx(css.cell, css.name)}>
        <span className={css.icon}>
          <KindIcon kind={kind} />
        </span>
        <span className={css.two}>
          <button
            type="button"
            className={css.open}
            dir="auto"
            aria-label={t('credentials.openDetails', { name })}
            title={name}
            onClick={() => onOpen(credential)}
          >
            {name}
          </button>
          <small title={model}>{model}</small>
        </span>
        <span className={css.tools}>
          <IconButton
            label={t('credentials.rename', { name })}
            icon={<Pencil aria-hidden="true" />}
            onPress={() => onChange({ what: 'rename', credential })}
            quiet
          />
        </span>
      </Cell>
      <Cell className={clsx(css.cell, css.kind)}>
        <span className={css.two}>
          <span>{t(`kind.${kind}`)}</span>
          <small>
            <BackupWords credential={credential} />
          </small>
        </span>
        {!canVerifyUser && <Tip text={`${t('u2f.title')}. ${t('u2f.text')}`} />}
      </Cell>
      <Cell className={clsx(css.cell, css.createdAt)}>
        <Day at={credential.createdAt} />
      </Cell>
      <Cell className={clsx(css.cell, css.lastUsedAt)}>
        <span className={css.two}>
          {credential.lastUsedAt === null ? (
            <span>{t('common.never')}</span>
          ) : (
            <Ago at={credential.lastUsedAt} />
          )}
          {credential.lastUsedFor !== null && <small>{t(`use.${credential.lastUsedFor}`)}</small>}
        </span>
      </Cell>
      <Cell className={clsx(css.cell, css.state)}>
        <span className={css.two}>
          <span>
            <StateTag state={state} />
          </span>
          {pending ? (
            <small>{t('credentials.signing')}</small>
          ) : (
            lastActive && <small id={`${id}-only`}>{t('credentials.only')}</small>
          )}
        </span>
      </Cell>
      <Cell className={clsx(css.cell, css.switch)}>
        {lastActive && <Tip text={t('credentials.onlyWhy')} />}
        <Toggle
          label={t('credentials.toggle', { name })}
          isOn={on}
          isDisabled={lastActive || state === 'retired'}
          isPending={pending}
          {...(lastActive ? { describedBy: `${id}-only` } : {})}
          onAsk={(next) => onChange({ what: 'state', credential, state: next ? 'active' : 'inactive' })}
        />
      </Cell>
    </Row>
  );
});

/** Whether it is bound to one device; before that what it lacks: hardware, or a way to verify the person. */
function BackupWords({ credential }: { credential: Credential }) {
  const { t } = useTranslation();
  if (!credential.canVerifyUser) return t('u2f.title');
  if (credential.backedUp) return t('kindNote.synced');
  if (credential.backupEligible) return t('kindNote.syncable');
  if (credential.kind !== 'software') return t('kindNote.bound');
  return (
    <>
      {t('kindNote.software')}
      <span className={css.roomy}>{t('kindNote.softwareBound')}</span>
    </>
  );
}

/** The place of a row that is on its way. */
export function GhostRow({ index, top }: { index: number; top: number }) {
  return (
    <Row aria-rowindex={index + 2} className={clsx(css.row, css.bodyRow)} style={{ top }}>
      {(['name', 'kind', 'createdAt', 'lastUsedAt', 'state', 'switch'] as const).map((column) => (
        <Cell key={column} className={clsx(css.cell, css[column])}>
          <Skeleton width={column === 'name' ? '58%' : column === 'switch' ? '34px' : '70%'} />
        </Cell>
      ))}
    </Row>
  );
}
