import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import css from './facts.module.css';

export type Fact = { term: string; value: ReactNode };

/** Names and values, as a description list. */
export function Facts({ facts, boxed = false }: { facts: Fact[]; boxed?: boolean }) {
  return (
    <dl className={clsx(css.facts, boxed && css.boxed)}>
      {facts.map((fact) => (
        <div key={fact.term} className={css.row}>
          <dt>{fact.term}</dt>
          <dd>{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}
