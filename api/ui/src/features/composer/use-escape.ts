import { useEffect } from 'react';

const FIELDS = 'input, textarea, select, [contenteditable=true]';

/** Esc, wherever the keyboard is, but in a field or in what closes by it. */
export function useEscape(enabled: boolean, act: () => void): void {
  useEffect(() => {
    if (!enabled) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest(FIELDS)) return;
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [enabled, act]);
}
