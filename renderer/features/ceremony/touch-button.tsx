import Fingerprint from 'lucide-react/icons/fingerprint-pattern';
import { type KeyboardEvent, type MouseEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import css from './live-panel.module.css';

/** The contact of a software key. It takes the focus when it appears. */
export function TouchButton({ answered, onTouch }: { answered: boolean; onTouch: () => void }) {
  const { t } = useTranslation();
  const button = useRef<HTMLButtonElement>(null);

  useEffect(() => button.current?.focus(), []);

  // A touch stands for a person: clicks made by a script do not count.
  function click(event: MouseEvent) {
    if (event.nativeEvent.isTrusted) onTouch();
  }
  // The key that sent the PIN may still be held down when this button gets the focus.
  function key(event: KeyboardEvent) {
    if (event.repeat) event.preventDefault();
  }

  return (
    <button
      ref={button}
      type="button"
      className={css.touch}
      aria-disabled={answered}
      onClick={click}
      onKeyDown={key}
    >
      <Fingerprint aria-hidden="true" />
      {t('ceremony.touch')}
    </button>
  );
}
