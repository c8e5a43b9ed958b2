import { clsx } from 'clsx';
import css from './key-picture.module.css';

type Props = { software: boolean; state: 'idle' | 'touch' | 'busy' };

/** A drawing of a security key; its contact blinks while it waits for a touch. Decoration only. */
export function KeyPicture({ software, state }: Props) {
  return (
    <svg
      width="216"
      height="84"
      viewBox="0 0 216 84"
      aria-hidden="true"
      className={clsx(css.key, css[state], software && css.software)}
    >
      <path d="M150 26h46a6 6 0 0 1 6 6v20a6 6 0 0 1-6 6h-46" className={css.plug} />
      <path d="M166 35h26M166 42h26M166 49h26" className={css.pins} />
      <rect x="14" y="12" width="138" height="60" rx="15" className={css.body} />
      <circle cx="30" cy="42" r="4.500" className={css.hole} />
      <circle cx="78" cy="42" r="25" className={css.halo} />
      <circle cx="78" cy="42" r="18" className={css.contact} />
      {software ? (
        <path d="m72 36-6 6 6 6m12-12 6 6-6 6" className={css.glyph} />
      ) : (
        <path
          d="M71 47v-5.500a7 7 0 0 1 14 0V44m-10.500 8v-10a3.500 3.500 0 0 1 7 0v8m-3.500-8v11"
          className={css.glyph}
        />
      )}
      <circle cx="124" cy="42" r="3.500" className={css.light} />
    </svg>
  );
}
