import css from './skeleton.module.css';

/** A still grey bar in the place of a text that is on its way. `width` in CSS units. */
export function Skeleton({ width }: { width: string }) {
  return <span className={css.bar} style={{ width }} aria-hidden="true" />;
}
