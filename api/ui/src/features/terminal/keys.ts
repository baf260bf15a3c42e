/** What keys send that a phone's keyboard does not have. */
export type Arrow = 'up' | 'down' | 'left' | 'right';

const ARROWS: Record<Arrow, string> = { up: 'A', down: 'B', right: 'C', left: 'D' };

/** Programs with a screen of their own (vim, less) ask for arrows of another kind: the application's. */
export function arrow(direction: Arrow, application: boolean): string {
  return `\x1b${application ? 'O' : '['}${ARROWS[direction]}`;
}

/** What Ctrl makes of a typed character; null for those with which it means nothing. */
export function withCtrl(typed: string): string | null {
  if (typed === ' ') return '\x00';
  if (typed === '?') return '\x7f';
  if (!/^[@-_a-z]$/.test(typed)) return null;
  return String.fromCharCode(typed.toUpperCase().charCodeAt(0) & 0x1f);
}
