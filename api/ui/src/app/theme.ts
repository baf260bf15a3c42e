/** The theme of the person's settings, kept in the browser as well, so that a page has it before it asks. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, data, type UserSettings } from '@/api';

type Theme = UserSettings['theme'];

const KEY = 'theme';

export function applyKeptTheme(): void {
  apply(kept());
}

/** Follows the settings, also those that another device has changed. */
export function useTheme(): void {
  const { data: theme } = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => data(api.GET('/api/settings', { signal })),
    select: (settings): Theme => settings.theme,
    staleTime: 60_000,
  });
  useEffect(() => {
    if (!theme) return;
    keep(theme);
    apply(theme);
  }, [theme]);
}

/** A browser that keeps nothing has the theme a moment later. */
function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The next page asks for it.
  }
}

/** The system's bar around an installed app has the background's colour, which the browser knows per theme. */
function apply(theme: string | null): void {
  const chosen = theme === 'light' || theme === 'dark' ? theme : null;
  if (chosen) document.documentElement.dataset['theme'] = chosen;
  else delete document.documentElement.dataset['theme'];
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = (meta.dataset['theme'] ??= meta.media.includes('dark') ? 'dark' : 'light');
    meta.media = chosen === null ? `(prefers-color-scheme: ${own})` : own === chosen ? 'all' : 'not all';
  }
}
