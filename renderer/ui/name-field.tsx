import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import { checkName, NAME_MAX_LENGTH, type NameProblem } from '../../shared/domain/names.ts';
import css from './name-field.module.css';
import { TextField } from './text-field.tsx';

type Props = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** A problem found on submit, or by the core. Problems of the text itself show while typing. */
  problem: NameProblem | null;
  description?: string;
  placeholder?: string;
  counted?: boolean;
  autoFocus?: boolean;
  ref?: Ref<HTMLInputElement>;
};

/** A field for a name with the rules of names: says at once what is wrong, but not before anything was typed. */
export function NameField({
  label,
  value,
  onChange,
  problem,
  description,
  placeholder,
  counted = false,
  autoFocus = false,
  ref,
}: Props) {
  const { t } = useTranslation();
  const checked = checkName(value);
  const typed = value !== '' && !checked.ok ? checked.problem : null;
  const shown = typed ?? problem;
  const count = [...value.trim().normalize('NFC')].length;
  return (
    <TextField
      label={label}
      {...(ref === undefined ? {} : { inputRef: ref })}
      value={value}
      onChange={onChange}
      error={shown === null ? null : t(`name.${shown}`, { max: NAME_MAX_LENGTH })}
      description={description}
      autoComplete="off"
      {...(placeholder === undefined ? {} : { placeholder })}
      autoFocus={autoFocus}
      aside={
        counted && (
          <span className={css.counter} data-over={count > NAME_MAX_LENGTH}>
            {t('name.counter', { count, max: NAME_MAX_LENGTH })}
          </span>
        )
      }
    />
  );
}
