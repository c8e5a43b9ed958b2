import { clsx } from 'clsx';
import { Switch } from 'react-aria-components';
import css from './toggle.module.css';

type Props = {
  label: string;
  isOn: boolean;
  isDisabled?: boolean;
  isPending?: boolean;
  /** Ids of texts that explain it. */
  describedBy?: string;
  onAsk: (on: boolean) => void;
};

/** A switch that only asks: it moves when `isOn` changes, not when it is pressed. */
export function Toggle({ label, isOn, isDisabled = false, isPending = false, describedBy, onAsk }: Props) {
  return (
    <Switch
      aria-label={label}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
      isSelected={isOn}
      isDisabled={isDisabled}
      onChange={onAsk}
      className={clsx(css.toggle, isPending && css.pending)}
    >
      <span className={css.track} aria-hidden="true">
        <span className={css.knob} />
      </span>
    </Switch>
  );
}
