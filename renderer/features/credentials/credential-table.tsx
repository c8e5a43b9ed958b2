import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import ChevronDown from 'lucide-react/icons/chevron-down';
import ChevronUp from 'lucide-react/icons/chevron-up';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Credential } from '../../../shared/domain/index.ts';
import { useServices } from '../../app/services.tsx';
import { ColumnHeader, Row, RowGroup, Table } from '../../ui/table.tsx';
import type { Change } from './change.ts';
import { CredentialRow, GhostRow } from './credential-row.tsx';
import css from './credential-table.module.css';
import { EmptyList } from './empty-list.tsx';
import { rowAt, type SortKey } from './list-store.ts';

const COLUMNS: readonly SortKey[] = ['name', 'kind', 'createdAt', 'lastUsedAt', 'state'];
/** Height of a row, px; also in the style sheet. */
const ROW = 58;
/** Rows drawn above and below those in sight. */
const OVERSCAN = 8;

type Props = {
  /** The credential with a change that waits for its signature. */
  pendingId: string | null;
  onOpen: (credential: Credential) => void;
  onChange: (change: Change) => void;
  onCreate: () => void;
};

/** The list as a table. Only the rows in sight exist; the rest is fetched page by page as it is scrolled to. */
export function CredentialTable({ pendingId, onOpen, onChange, onCreate }: Props) {
  const { t } = useTranslation();
  const { list } = useServices();
  const state = useStore(list.store);
  const [focused, setFocused] = useState<number | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: state.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: OVERSCAN,
    // The row with the focus stays, however far one scrolls away from it.
    rangeExtractor: (range: Range) => {
      const inSight = defaultRangeExtractor(range);
      return focused === null || inSight.includes(focused) || focused >= range.count
        ? inSight
        : [...inSight, focused].sort((a, b) => a - b);
    },
  });
  const rows = virtual.getVirtualItems();
  const first = Math.max(0, (virtual.range?.startIndex ?? 0) - OVERSCAN);
  const last = Math.min(state.total, (virtual.range?.endIndex ?? 0) + OVERSCAN);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new set of pages may lack what is in sight
  useEffect(() => list.ensure(first, last), [list, first, last, state.pages]);

  const { query, state: filter, sort, direction } = state.view;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view starts at its top
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [query, filter, sort, direction]);

  if (state.phase === 'ready' && state.total === 0) {
    return <EmptyList nothingAtAll={state.all === 0} onCreate={onCreate} />;
  }
  if (state.phase === 'failed' && state.pages.size === 0) return null;
  const starting = state.phase === 'loading' && state.pages.size === 0;

  function rowOf(target: EventTarget): number | null {
    const row = target instanceof Element ? target.closest('[data-row]')?.getAttribute('data-row') : null;
    return row ? Number(row) : null;
  }

  /** Arrow up and down move between the names, as in any list. */
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const from = rowOf(event.target);
    if (from === null) return;
    const to = from + (event.key === 'ArrowDown' ? 1 : -1);
    if (to < 0 || to >= state.total) return;
    event.preventDefault();
    virtual.scrollToIndex(to);
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${to}"] button`)?.focus(),
    );
  }

  return (
    <div ref={scroller} className={css.scroller} aria-busy={starting}>
      <Table
        aria-label={t('credentials.table')}
        aria-rowcount={state.total + 1}
        className={css.table}
        onKeyDown={onKeyDown}
        onFocus={(event) => setFocused(rowOf(event.target))}
        onBlur={() => setFocused(null)}
      >
        <RowGroup className={css.headGroup}>
          <Row aria-rowindex={1} className={clsx(css.row, css.headRow)}>
            {COLUMNS.map((column) => (
              <SortHeader key={column} column={column} />
            ))}
            <ColumnHeader className={clsx(css.cell, css.switch)}>
              {t('credentials.column.switch')}
            </ColumnHeader>
          </Row>
        </RowGroup>
        <RowGroup className={css.body} style={{ height: starting ? ROW * 4 : virtual.getTotalSize() }}>
          {starting && [0, 1, 2, 3].map((index) => <GhostRow key={index} index={index} top={index * ROW} />)}
          {rows.map((row) => {
            const credential = rowAt(state, row.index);
            return credential === null ? (
              <GhostRow key={row.index} index={row.index} top={row.start} />
            ) : (
              <CredentialRow
                key={credential.id}
                credential={credential}
                index={row.index}
                top={row.start}
                pending={credential.id === pendingId}
                onOpen={onOpen}
                onChange={onChange}
              />
            );
          })}
        </RowGroup>
      </Table>
      {starting && (
        <span role="status" className="visually-hidden">
          {t('credentials.loading')}
        </span>
      )}
    </div>
  );
}

function SortHeader({ column }: { column: SortKey }) {
  const { t } = useTranslation();
  const { list } = useServices();
  const { sort, direction } = useStore(list.store, (state) => state.view);
  const sorted = sort === column;
  const Arrow = direction === 'ascending' ? ChevronUp : ChevronDown;
  return (
    <ColumnHeader aria-sort={sorted ? direction : 'none'} className={clsx(css.cell, css[column])}>
      <button type="button" className={css.sort} onClick={() => void list.sortBy(column)}>
        {t(`credentials.column.${column}`)}
        <Arrow aria-hidden="true" className={clsx(css.arrow, !sorted && css.unsorted)} />
      </button>
    </ColumnHeader>
  );
}
