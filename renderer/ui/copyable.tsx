import Check from 'lucide-react/icons/check';
import Copy from 'lucide-react/icons/copy';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.tsx';
import css from './copyable.module.css';

type Props = { text: string; what: string; children: ReactNode };

/** A value with a button that copies it. Where the clipboard is closed to us, the value is selected instead. */
export function Copyable({ text, what, children }: Props) {
  const { t } = useTranslation();
  const [done, setDone] = useState<'copied' | 'selected' | null>(null);
  const value = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), 3000);
    return () => clearTimeout(timer);
  }, [done]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setDone('copied');
    } catch {
      // The host does not allow it: leave the last step to the person.
      if (value.current) getSelection()?.selectAllChildren(value.current);
      setDone('selected');
    }
  }

  return (
    <span className={css.copyable}>
      <span ref={value} className={css.value}>
        {children}
      </span>
      <span className={css.side}>
        <IconButton
          label={t('common.copyOf', { what })}
          icon={done === 'copied' ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          onPress={() => void copy()}
          quiet
        />
        <span role="status" className={done === 'selected' ? css.note : 'visually-hidden'}>
          {done === 'copied' && t('common.copied')}
          {done === 'selected' && t('common.copySelected')}
        </span>
      </span>
    </span>
  );
}
