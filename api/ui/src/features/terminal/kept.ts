/** The terminal of this browser's tab, to which a reload comes back. */
const KEY = 'terminal.session';

export function keptTerminal(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is forbidden here
  }
}

export function keepTerminal(id: string | null): void {
  try {
    if (id === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, id);
  } catch {
    // it is a comfort only
  }
}
