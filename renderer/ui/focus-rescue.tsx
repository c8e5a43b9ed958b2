import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import css from './focus-rescue.module.css';

/**
 * Takes the focus where the element that had it has just gone away: without this the keyboard, and with it
 * Escape, would end up outside of the dialog. `state` names what is shown; a change is the moment to look.
 */
export function useFocusRescue<T extends HTMLElement>(state: string): RefObject<T | null> {
  const place = useRef<T>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state is the moment, not a value
  useEffect(() => {
    const active = document.activeElement;
    if (active === null || active === document.body) place.current?.focus();
  }, [state]);
  return place;
}

/** A part of a screen that shows one state after another. */
export function FocusRescue({ state, children }: { state: string; children: ReactNode }) {
  const place = useFocusRescue<HTMLDivElement>(state);
  return (
    <div ref={place} tabIndex={-1} className={css.place}>
      {children}
    </div>
  );
}
