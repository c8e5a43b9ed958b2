import { createStore } from 'zustand/vanilla';

export type ThemeChoice = 'system' | 'light' | 'dark';

/** Also read by public/theme.js before the first paint. */
const KEY = 'keywright.theme';

function remembered(): ThemeChoice {
  try {
    const choice = localStorage.getItem(KEY);
    return choice === 'light' || choice === 'dark' ? choice : 'system';
  } catch {
    // Storage is blocked in this browser: the system's theme is used.
    return 'system';
  }
}

/** The chosen theme; the tokens follow `data-theme` on the root element. */
export const themeStore = createStore<{ choice: ThemeChoice }>()(() => ({ choice: remembered() }));

/** Applies a choice at once and remembers it on this computer. */
export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  themeStore.setState({ choice });
  try {
    if (choice === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Not remembered, but it holds for this window.
  }
}
