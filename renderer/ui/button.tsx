import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaProps } from 'react-aria-components';
import css from './button.module.css';

type Props = Omit<AriaProps, 'className' | 'children' | 'style'> & {
  variant?: 'primary' | 'secondary' | 'ghost' | 'danger';
  icon?: ReactNode;
  children: ReactNode;
};

/** The button of the house: words, perhaps with an icon in front of them. */
export function Button({ variant = 'secondary', icon, children, ...rest }: Props) {
  return (
    <AriaButton {...rest} className={clsx(css.button, css[variant])}>
      {icon}
      <span>{children}</span>
    </AriaButton>
  );
}

type IconButtonProps = Omit<AriaProps, 'className' | 'children' | 'style' | 'aria-label'> & {
  label: string;
  icon: ReactNode;
  quiet?: boolean;
};

/** A square button with an icon only; `label` is its accessible name, and shown under the pointer. */
export function IconButton({ label, icon, quiet = false, ...rest }: IconButtonProps) {
  return (
    <AriaButton {...rest} aria-label={label} className={clsx(css.icon, quiet && css.quiet)}>
      <span title={label} className={css.glyph}>
        {icon}
      </span>
    </AriaButton>
  );
}
