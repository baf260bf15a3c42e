import { dequal } from 'dequal/lite';

/** `next`, with each field that is equal to the one before being that one; `former` itself when all are. */
export function keep<T extends object>(former: T, next: T): T {
  const entries = Object.entries(next).map(([name, value]: [string, unknown]) => {
    const before = (former as Record<string, unknown>)[name];
    return [name, dequal(before, value) ? before : value] as const;
  });
  const changed = entries.some(([name, value]) => (former as Record<string, unknown>)[name] !== value);
  return changed ? (Object.fromEntries(entries) as T) : former;
}
