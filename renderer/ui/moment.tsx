import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { capitalized, longDate, relativeTime, shortDate } from './format.ts';

const locale = navigator.language;

/** A clock that ticks every `period` ms, shared by all who show the same period. */
function createTicker(period: number) {
  let now = Date.now();
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | null = null;
  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      now = Date.now();
      timer ??= setInterval(() => {
        now = Date.now();
        for (const each of listeners) each();
      }, period);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && timer !== null) {
          clearInterval(timer);
          timer = null;
        }
      };
    },
    read: () => now,
  };
}

const seconds = createTicker(1000);
const halfMinutes = createTicker(30_000);

/** The time now, UTC ms, renewed every second. */
export function useSecond(): number {
  return useSyncExternalStore(seconds.subscribe, seconds.read);
}

/** "4 minutes ago", with the full date in the title. `inline`: within a sentence, so not with a capital. */
export function Ago({ at, inline = false }: { at: number; inline?: boolean }) {
  const { t } = useTranslation();
  const now = useSyncExternalStore(halfMinutes.subscribe, halfMinutes.read);
  const words = relativeTime(at, now, locale) ?? t('common.justNow');
  return (
    <time dateTime={new Date(at).toISOString()} title={longDate(at, locale)}>
      {inline ? words : capitalized(words, locale)}
    </time>
  );
}

/** "12 Mar 2026", with the full date in the title. */
export function Day({ at }: { at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={longDate(at, locale)}>
      {shortDate(at, locale)}
    </time>
  );
}

/** Day and time in full. */
export function Moment({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{longDate(at, locale)}</time>;
}
