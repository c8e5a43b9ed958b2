import { clsx } from 'clsx';
import Search from 'lucide-react/icons/search';
import X from 'lucide-react/icons/x';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton, Input, SearchField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useServices } from '../../app/services.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import css from './list-tools.module.css';

/** How long to wait after a key before the store is searched, ms. */
const PAUSE = 120;

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, [contenteditable]') !== null;
}

/** Search and filter above the list. "/" goes to the search. */
export function ListTools() {
  const { t } = useTranslation();
  const { list } = useServices();
  const view = useStore(list.store, (state) => state.view);
  const phase = useStore(list.store, (state) => state.phase);
  const total = useStore(list.store, (state) => state.total);
  const [text, setText] = useState(view.query);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (text === list.store.getState().view.query) return;
    const timer = setTimeout(() => void list.show({ query: text }), PAUSE);
    return () => clearTimeout(timer);
  }, [text, list]);

  // Somebody else reset the search ("Show all").
  useEffect(() => setText(view.query), [view.query]);

  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const modal = document.querySelector('[role=dialog], [role=alertdialog]') !== null;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || modal) return;
      event.preventDefault();
      input.current?.focus();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);

  return (
    <div className={css.tools}>
      <SearchField
        aria-label={t('credentials.search')}
        value={text}
        onChange={setText}
        maxLength={200}
        className={clsx(css.search)}
      >
        <Search aria-hidden="true" className={css.glass} />
        <Input
          ref={input}
          className={clsx(css.input)}
          placeholder={t('credentials.searchHint')}
          aria-keyshortcuts="/"
        />
        {text === '' ? (
          <span className={css.key} aria-hidden="true">
            /
          </span>
        ) : (
          <AriaButton className={clsx(css.clear)} aria-label={t('credentials.clear')}>
            <X aria-hidden="true" />
          </AriaButton>
        )}
      </SearchField>
      <Segmented
        label={t('credentials.filter')}
        value={view.state}
        onChange={(state) => void list.show({ state })}
        options={[
          { value: 'all', text: t('credentials.all') },
          { value: 'active', text: t('credentials.active') },
          { value: 'inactive', text: t('credentials.inactive') },
        ]}
      />
      <span role="status" className="visually-hidden">
        {phase === 'ready' && t('credentials.found', { count: total })}
      </span>
    </div>
  );
}
