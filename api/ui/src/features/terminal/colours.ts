/** The terminal's colours, of the theme that the page has. */
import type { ITheme } from '@xterm/xterm';

const PURPOSES = {
  background: 'var(--surface)',
  foreground: 'var(--text)',
  cursor: 'var(--accent)',
  cursorAccent: 'var(--surface)',
  selectionBackground: 'var(--info-soft)',
  black: 'light-dark(var(--text), var(--sunken))',
  red: 'var(--danger)',
  green: 'var(--success)',
  yellow: 'var(--warning)',
  blue: 'var(--info)',
  magenta: 'var(--code-keyword)',
  cyan: 'var(--code-type)',
  white: 'light-dark(var(--muted), var(--text))',
  brightBlack: 'var(--faint)',
  brightRed: 'var(--danger)',
  brightGreen: 'var(--success)',
  brightYellow: 'var(--warning)',
  brightBlue: 'var(--info)',
  brightMagenta: 'var(--code-keyword)',
  brightCyan: 'var(--code-type)',
  brightWhite: 'var(--text)',
} as const satisfies ITheme;

/** As the browser resolves them for `element`. */
export function coloursOf(element: HTMLElement): ITheme {
  const probe = document.createElement('span');
  probe.style.transitionProperty = 'none'; // in a transition, however short, the colour would be the last one's
  element.append(probe);
  const found = Object.entries(PURPOSES).map(([name, colour]) => {
    probe.style.color = colour;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(found) as ITheme;
}

/** Calls `changed` when the page or the system goes from light to dark or back; returns how to stop. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', changed);
  };
}
