import { clsx } from 'clsx';
import CircleCheck from 'lucide-react/icons/circle-check';
import Info from 'lucide-react/icons/info';
import TriangleAlert from 'lucide-react/icons/triangle-alert';
import type { ReactNode } from 'react';
import css from './notice.module.css';

type Props = {
  tone: 'bad' | 'warn' | 'info' | 'ok';
  title?: ReactNode;
  children?: ReactNode;
  /** Buttons for the next step. */
  actions?: ReactNode;
  /** `alert` is read out at once, `status` when there is a pause. */
  role?: 'alert' | 'status' | 'note';
};

/** A message in the flow of the page. */
export function Notice({ tone, title, children, actions, role = 'note' }: Props) {
  const Icon = tone === 'info' ? Info : tone === 'ok' ? CircleCheck : TriangleAlert;
  return (
    <div role={role} className={clsx(css.notice, css[tone])}>
      <Icon aria-hidden="true" className={css.icon} />
      <div className={css.words}>
        {title && <p className={css.title}>{title}</p>}
        {children && <div className={css.text}>{children}</div>}
        {actions && <div className={css.actions}>{actions}</div>}
      </div>
    </div>
  );
}
