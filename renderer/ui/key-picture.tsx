import { clsx } from 'clsx';
import css from './key-picture.module.css';

export type KeyPictureState =
  | 'idle'
  /** Not in the computer yet, or not any more. */
  | 'insert'
  /** In the computer, but it cannot be opened. */
  | 'blocked'
  /** One of several: all of them blink. */
  | 'choose'
  | 'busy'
  | 'verify'
  | 'touch';

type Props = { software: boolean; state: KeyPictureState };

/** A drawing of a security key, and of the computer that it is plugged into. Decoration only. */
export function KeyPicture({ software, state }: Props) {
  const out = !software && (state === 'idle' || state === 'insert');
  return (
    <svg
      width="256"
      height="84"
      viewBox="0 0 256 84"
      aria-hidden="true"
      className={clsx(css.key, css[state], software ? css.software : css.hardware)}
    >
      {state === 'choose' ? (
        <>
          <g transform="translate(103 -0.500) scale(0.56)">
            <Stick software={software} state={state} />
          </g>
          <g transform="translate(103 37.500) scale(0.56)">
            <Stick software={software} state={state} />
          </g>
        </>
      ) : (
        <g className={clsx(css.place, out && css.out)}>
          <Stick software={software} state={state} />
        </g>
      )}
      {state === 'insert' && <path d="m197 34 8 8-8 8" className={css.arrow} />}
      {!software && <path d="M258 3h-34a8 8 0 0 0-8 8v62a8 8 0 0 0 8 8h34" className={css.computer} />}
    </svg>
  );
}

function Stick({ software, state }: Props) {
  return (
    <>
      <path d="M150 26h46a6 6 0 0 1 6 6v20a6 6 0 0 1-6 6h-46" className={css.plug} />
      <path d="M162 35h22M162 42h22M162 49h22" className={css.pins} />
      <rect x="14" y="12" width="138" height="60" rx="15" className={css.body} />
      <circle cx="30" cy="42" r="4.500" className={css.hole} />
      <circle cx="78" cy="42" r="25" className={css.halo} />
      <circle cx="78" cy="42" r="18" className={css.contact} />
      <Glyph software={software} state={state} />
      <circle cx="124" cy="42" r="3.500" className={css.light} />
    </>
  );
}

function Glyph({ software, state }: Props) {
  if (software) return <path d="m72 36-6 6 6 6m12-12 6 6-6 6" className={css.glyph} />;
  if (state === 'blocked') {
    return (
      <path
        d="M72.500 41.500v-4a5.500 5.500 0 0 1 11 0v4m-12.500 0h14a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-14a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z"
        className={css.glyph}
      />
    );
  }
  if (state === 'verify') {
    return (
      <path
        d="M78 40a2.500 2.500 0 0 0-2.500 2.500c0 2-.1 4.200-.8 6.500M80.500 43.500c0 3-.2 6.500-1.300 9.300M67 40.500a11.500 11.500 0 0 1 20.500-4.500M89.500 41.500c.3 2.500.2 5-.2 7.500M70.200 50c.8-2.300 1-4.800 1-7.500a7 7 0 0 1 .5-2.600M74.700 36.500a7 7 0 0 1 10.300 6.200v3.800M73 53c.4-.9.700-1.800.9-2.700M84.200 53c.2-.9.4-1.800.5-2.700"
        className={css.glyph}
      />
    );
  }
  return (
    <path
      d="M71 47v-5.500a7 7 0 0 1 14 0V44m-10.500 8v-10a3.500 3.500 0 0 1 7 0v8m-3.500-8v11"
      className={css.glyph}
    />
  );
}
