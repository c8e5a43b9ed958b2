import Eye from 'lucide-react/icons/eye';
import EyeOff from 'lucide-react/icons/eye-off';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OperationStatus } from '../../../shared/contract/index.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import css from './pin-form.module.css';
import { type PinProblem, pinProblem } from './pin-rules.ts';

type PinAsk = NonNullable<OperationStatus['pin']>;
type Problem = PinProblem | NonNullable<PinAsk['problem']>;

type Props = { ask: PinAsk; name: string; onPin: (pin: string) => void };

/**
 * Asks for a PIN. The PIN lives in the input element only: it is read on submit, handed over, and the field
 * is emptied in the same moment. It never becomes React state.
 */
export function PinForm({ ask, name, onPin }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const pin = useRef<HTMLInputElement>(null);
  const repeat = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<PinProblem | null>(null);
  const [shown, setShown] = useState(false);
  const choosing = ask.ask !== 'enter';
  const problem: Problem | null = typed ?? ask.problem;

  // A new question, or the same one again after a wrong PIN: the field is ready to type in.
  // biome-ignore lint/correctness/useExhaustiveDependencies: every new question focuses, whatever changed in it
  useEffect(() => {
    pin.current?.focus();
  }, [ask]);

  useEffect(() => {
    const fields = [pin.current, repeat.current];
    return () => {
      for (const field of fields) if (field) field.value = '';
    };
  }, []);

  function submit(event: FormEvent) {
    event.preventDefault();
    const field = pin.current;
    if (field === null) return;
    const found = pinProblem(field.value, choosing ? (repeat.current?.value ?? '') : null, ask);
    setTyped(found);
    if (found === null) onPin(field.value);
    if (found === null || found === 'differs') {
      field.value = '';
      if (repeat.current) repeat.current.value = '';
    }
    if (found !== null) field.focus();
  }

  const texts: Record<Problem, string> = {
    empty: t('pin.problem.empty'),
    wrong: t('pin.problem.wrong'),
    tooShort: t('pin.problem.tooShort', { min: ask.minLength }),
    tooLong:
      ask.maxLength === null
        ? t('pin.problem.tooLong', { bytes: ask.maxBytes })
        : t('pin.problem.tooLongBoth', { max: ask.maxLength, bytes: ask.maxBytes }),
    refused: t('pin.problem.refused'),
    differs: t('pin.problem.differs'),
  };
  const title =
    ask.ask === 'set'
      ? t('pin.setTitle', { name })
      : ask.ask === 'change'
        ? t('pin.changeTitle', { name })
        : t('pin.enterTitle', { name });
  const described = [
    problem && `${id}-problem`,
    choosing && `${id}-rules`,
    ask.triesLeft !== null && `${id}-tries`,
  ]
    .filter(Boolean)
    .join(' ');
  const input = {
    type: shown ? 'text' : 'password',
    className: css.input,
    // Keeps password managers of a browser from offering to store the PIN of a key.
    autoComplete: 'one-time-code',
    autoCapitalize: 'off',
    spellCheck: false,
    'aria-invalid': problem !== null,
    onInput: () => setTyped(null),
  };

  return (
    <form className={css.form} onSubmit={submit} aria-label={title} noValidate>
      <p className={css.title}>{title}</p>
      {choosing && (
        <ul id={`${id}-rules`} className={css.rules} aria-label={t('pin.rules')}>
          <li>{t('pin.ruleMin', { count: ask.minLength })}</li>
          {ask.maxLength !== null && <li>{t('pin.ruleMaxLength', { count: ask.maxLength })}</li>}
          <li>{t('pin.ruleMax', { bytes: ask.maxBytes })}</li>
          {ask.complexity && <li>{t('pin.ruleMore')}</li>}
          <li>{t('pin.ruleLost')}</li>
        </ul>
      )}
      <div className={css.fields}>
        <div className={css.field}>
          <label htmlFor={`${id}-pin`}>{t('pin.label')}</label>
          <input ref={pin} id={`${id}-pin`} aria-describedby={described || undefined} {...input} />
        </div>
        {choosing && (
          <div className={css.field}>
            <label htmlFor={`${id}-repeat`}>{t('pin.repeat')}</label>
            <input ref={repeat} id={`${id}-repeat`} {...input} />
          </div>
        )}
        <div className={css.buttons}>
          <IconButton
            label={t('pin.show')}
            aria-pressed={shown}
            icon={shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
            onPress={() => setShown(!shown)}
          />
          <Button type="submit" variant="primary">
            {choosing ? t('pin.set') : t('pin.unlock')}
          </Button>
        </div>
      </div>
      <div className={css.below}>
        {problem !== null && (
          <p id={`${id}-problem`} role="alert" className={css.problem}>
            {texts[problem]}
          </p>
        )}
        {ask.triesLeft !== null && (
          <p id={`${id}-tries`} className={css.tries}>
            {t('pin.triesLeft', { count: ask.triesLeft })}
          </p>
        )}
      </div>
    </form>
  );
}
