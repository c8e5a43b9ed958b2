import { clsx } from 'clsx';
import type { ReactNode, Ref } from 'react';
import {
  type TextFieldProps as AriaProps,
  TextField as AriaTextField,
  FieldError,
  Input,
  Label,
  Text,
} from 'react-aria-components';
import css from './text-field.module.css';

type Props = Omit<AriaProps, 'className' | 'children' | 'style'> & {
  label: string;
  /** Shown under the field as long as there is no error. */
  description?: ReactNode;
  /** What is wrong, or null. */
  error: string | null;
  /** Right of the label, for example a counter. */
  aside?: ReactNode;
  placeholder?: string;
  inputRef?: Ref<HTMLInputElement>;
};

/** A labelled text field with room for one line under it, so that an error moves nothing. */
export function TextField({ label, description, error, aside, placeholder, inputRef, ...rest }: Props) {
  return (
    <AriaTextField {...rest} isInvalid={error !== null} validationBehavior="aria" className={clsx(css.field)}>
      <div className={css.top}>
        <Label className={clsx(css.label)}>{label}</Label>
        {aside}
      </div>
      <Input
        className={clsx(css.input)}
        dir="auto"
        placeholder={placeholder ?? ''}
        {...(inputRef === undefined ? {} : { ref: inputRef })}
      />
      <div className={css.below}>
        {error === null ? (
          description && (
            <Text slot="description" className={clsx(css.description)}>
              {description}
            </Text>
          )
        ) : (
          <FieldError className={clsx(css.error)}>{error}</FieldError>
        )}
      </div>
    </AriaTextField>
  );
}
