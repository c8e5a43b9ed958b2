import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import css from './segmented.module.css';

type Props<T extends string> = {
  label: string;
  options: { value: T; text: ReactNode }[];
  value: T;
  onChange: (value: T) => void;
  isDisabled?: boolean;
  /** Id of a text that explains it. */
  describedBy?: string;
};

/** A few exclusive choices side by side, as one radio group. */
export function Segmented<T extends string>({
  label,
  options,
  value,
  onChange,
  isDisabled = false,
  describedBy,
}: Props<T>) {
  return (
    <RadioGroup
      aria-label={label}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      orientation="horizontal"
      isDisabled={isDisabled}
      value={value}
      onChange={(next) => {
        const found = options.find((option) => option.value === next);
        if (found) onChange(found.value);
      }}
      className={clsx(css.group)}
    >
      {options.map((option) => (
        <Radio key={option.value} value={option.value} className={clsx(css.option)}>
          {option.text}
        </Radio>
      ))}
    </RadioGroup>
  );
}
