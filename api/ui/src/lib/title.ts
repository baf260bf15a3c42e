import { useEffect } from 'react';

const APP = document.title;

/** What the page is called in tabs, in the browser's history and by screen readers; null leaves it as it is. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title !== null) document.title = `${title} · ${APP}`;
  }, [title]);
}
