import { clsx } from 'clsx';
import css from './brand.module.css';

/** The mark: a K whose arm is a key. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className={css.mark}>
      <rect width="32" height="32" rx="8" className={css.tile} />
      <g fill="none" className={css.lines} strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M9.500 7v18" />
        <path d="m10 18.500 7.200-5.600" />
        <circle cx="20.300" cy="10.600" r="3.700" />
        <path d="m14 15.600 8 9.400m-3.600-4.200 2.600-2.200" />
      </g>
    </svg>
  );
}

/** Mark and name. */
export function Brand({ large = false }: { large?: boolean }) {
  return (
    <span className={clsx(css.brand, large && css.large)}>
      <Mark size={large ? 32 : 24} />
      <span className={css.name}>Keywright</span>
    </span>
  );
}
