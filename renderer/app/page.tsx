import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import css from './page.module.css';

type Props = { title: string; sub: ReactNode; action?: ReactNode; children: ReactNode };

/** A page in the shell: heading, one line under it, and perhaps a button. After a move the heading has the focus. */
export function Page({ title, sub, action, children }: Props) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = t('app.title', { page: title });
    // Not after a reload: there the browser itself decides where reading starts.
    if (navigator.userActivation.hasBeenActive) heading.current?.focus();
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
