import type { Theme } from '@patchbay/ui';
import { useLayoutEffect, useState, useSyncExternalStore } from 'react';

export type ThemeChoice = Theme | 'system';

const storageKey = 'patchbay-theme';
const next: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };
const darkQuery = matchMedia('(prefers-color-scheme: dark)');

function subscribe(onChange: () => void): () => void {
  darkQuery.addEventListener('change', onChange);
  return () => darkQuery.removeEventListener('change', onChange);
}

/** The theme in use and what was chosen; `cycle` goes from system to light to dark. */
export function useTheme(): { theme: Theme; choice: ThemeChoice; cycle(): void } {
  const [choice, setChoice] = useState(storedChoice);
  const isDark = useSyncExternalStore(subscribe, () => darkQuery.matches);
  const theme = choice === 'system' ? (isDark ? 'dark' : 'light') : choice;
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
    store(choice);
  }, [theme, choice]);
  return { theme, choice, cycle: () => setChoice(next[choice]) };
}

function storedChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

/** Browsers may forbid storage; the choice then lasts as long as the page. */
function store(choice: ThemeChoice): void {
  try {
    localStorage.setItem(storageKey, choice);
  } catch {
    return;
  }
}
