import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import css from './tag.module.css';

type Props = { tone: 'ok' | 'warn' | 'bad' | 'plain' | 'accent'; icon?: ReactNode; children: ReactNode };

/** A state in icon, word and colour. */
export function Tag({ tone, icon, children }: Props) {
  return (
    <span className={clsx(css.tag, css[tone])}>
      {icon}
      {children}
    </span>
  );
}
