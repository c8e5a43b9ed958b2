import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { Brand } from '../ui/brand.tsx';
import css from './stage.module.css';

type Props = {
  /** Heading for screen readers, where the card shows none at level one. */
  label?: string;
  wide?: boolean;
  /** The card brings its own padding, header and footer; it is never higher than the window. */
  flush?: boolean;
  children: ReactNode;
};

/** A page with one card in the middle and the brand above it. */
export function Stage({ label, wide = false, flush = false, children }: Props) {
  return (
    <div className={clsx(css.stage, flush && css.fits)}>
      <header className={css.brand}>
        <Brand large />
      </header>
      <main className={clsx(css.card, wide && css.wide, !flush && css.padded)}>
        {label && <h1 className="visually-hidden">{label}</h1>}
        {children}
      </main>
    </div>
  );
}
