import { clsx } from 'clsx';
import Ban from 'lucide-react/icons/ban';
import type { ReactNode } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import css from './choice-cards.module.css';

export type Choice = {
  value: string;
  icon: ReactNode;
  title: string;
  /** A line under the title. */
  detail: ReactNode;
  /** More under that, for example what is plugged in now. */
  more?: ReactNode;
  /** Right side, for example when it was last used. */
  aside?: ReactNode;
  /** Why it cannot be chosen; such a card is disabled and says so. */
  blocked?: string | null;
};

type Props = {
  label: string;
  choices: Choice[];
  value: string | null;
  onChange: (value: string) => void;
  isDisabled?: boolean;
};

/** Radio buttons in the shape of cards. */
export function ChoiceCards({ label, choices, value, onChange, isDisabled = false }: Props) {
  return (
    <RadioGroup
      aria-label={label}
      value={value}
      onChange={onChange}
      isDisabled={isDisabled}
      className={clsx(css.group)}
    >
      {choices.map((choice) => (
        <Radio
          key={choice.value}
          value={choice.value}
          isDisabled={Boolean(choice.blocked)}
          className={clsx(css.card, choice.more && css.tall)}
        >
          <span className={css.dot} aria-hidden="true" />
          <span className={css.icon} aria-hidden="true">
            {choice.icon}
          </span>
          <span className={css.words}>
            <span className={css.title}>
              <bdi>{choice.title}</bdi>
            </span>
            <span className={css.detail}>{choice.detail}</span>
            {choice.more}
            {choice.blocked && (
              <span className={css.blocked}>
                <Ban aria-hidden="true" />
                {choice.blocked}
              </span>
            )}
          </span>
          {choice.aside && <span className={css.aside}>{choice.aside}</span>}
        </Radio>
      ))}
    </RadioGroup>
  );
}
