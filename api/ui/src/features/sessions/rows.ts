/** What the list shows, from what the server answered. */
import type { SessionSummary } from '@/api';
import { dayName } from '@/lib/time';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly name: string }
  | { readonly kind: 'session'; readonly key: string; readonly session: SessionSummary };

/** The newest rows are asked for again and again; what they tell of a session is newer than what the pages do. */
export function merge(head: readonly SessionSummary[], pages: readonly SessionSummary[]): SessionSummary[] {
  const known = new Set(head.map((session) => session.id));
  return [...head, ...pages.filter((session) => !known.has(session.id))];
}

export function rows(sessions: readonly SessionSummary[], now = new Date()): Row[] {
  const result: Row[] = [];
  let last = '';
  for (const session of sessions) {
    const name = dayName(session.lastModified, now);
    // The list is in the order of time: a day never comes twice.
    if (name !== last) result.push({ kind: 'day', key: `day ${name}`, name });
    last = name;
    result.push({ kind: 'session', key: session.id, session });
  }
  return result;
}

export function titleOf(session: Pick<SessionSummary, 'title' | 'summary' | 'slug'>): string {
  return session.title ?? session.summary ?? session.slug ?? 'New session';
}
