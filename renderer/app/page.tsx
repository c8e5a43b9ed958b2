import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import css from './page.module.css';

let pagesShown = 0;

type Props = { title: string; sub: ReactNode; action?: ReactNode; children: ReactNode };

/** A page in the shell: heading, one line under it, and perhaps a button. After a move the heading has the focus. */
export function Page({ title, sub, action, children }: Props) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t('app.title', { page: title });
    if (pagesShown > 0) heading.current?.focus();
    pagesShown += 1;
  }, [t, title]);
  return (
    <div className={css.page}>
      <header className={css.head}>
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          <p className={css.sub}>{sub}</p>
        </div>
        {action}
      </header>
      {children}
    </div>
  );
}
