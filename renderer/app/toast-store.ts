import { createStore } from 'zustand/vanilla';

/** One short message that something was done; the newest replaces the one before. */
export const toastStore = createStore<{ toast: { id: number; text: string } | null }>()(() => ({
  toast: null,
}));

let count = 0;
/** How long a message stays, ms. */
const STAY = 6000;

/** Says that something was done. */
export function say(text: string): void {
  count += 1;
  const id = count;
  toastStore.setState({ toast: { id, text } });
  setTimeout(() => {
    if (toastStore.getState().toast?.id === id) toastStore.setState({ toast: null });
  }, STAY);
}
