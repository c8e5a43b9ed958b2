import { clsx } from 'clsx';
import Check from 'lucide-react/icons/check';
import css from './stepper.module.css';

type Props = {
  label: string;
  steps: string[];
  /** Index of the step that is shown. */
  current: number;
  /** Words for a screen reader: "done", "now", "to come". */
  states: { done: string; now: string; next: string };
};

/** Where one is in a row of steps. Not a control. */
export function Stepper({ label, steps, current, states }: Props) {
  return (
    <ol aria-label={label} className={css.steps}>
      {steps.map((step, index) => {
        const state = index < current ? 'done' : index === current ? 'now' : 'next';
        return (
          <li
            key={step}
            className={clsx(css.step, css[state])}
            {...(state === 'now' ? { 'aria-current': 'step' as const } : {})}
          >
            <span className={css.number} aria-hidden="true">
              {state === 'done' ? <Check /> : index + 1}
            </span>
            <span className={css.word}>{step}</span>
            <span className="visually-hidden">{states[state]}</span>
          </li>
        );
      })}
    </ol>
  );
}
