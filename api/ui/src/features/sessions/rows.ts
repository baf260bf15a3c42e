/** What the list shows, from what the server answered. */
import type { SessionPage, SessionSummary } from '@/api';
import { dayName } from '@/lib/time';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly name: string }
  | { readonly kind: 'session'; readonly key: string; readonly session: SessionSummary };

/**
 * The newest sessions, asked for again and again, and the pages that were read once. As far as the newest reach, they
 * alone count: what a page has there besides was deleted, put away, or is no longer what the list is to show.
 */
export function merge(
  newest: SessionPage | undefined,
  pages: readonly SessionSummary[],
): readonly SessionSummary[] {
  const last = newest?.items.at(-1);
  if (!newest) return pages;
  if (!last || newest.next_cursor === null) return newest.items;
  const known = new Set(newest.items.map((session) => session.id));
  return [...newest.items, ...pages.filter((session) => !known.has(session.id) && isOlder(session, last))];
}

/** In the order of the server: by the last change and, among equals, by id. */
function isOlder(session: SessionSummary, than: SessionSummary): boolean {
  if (session.lastModified !== than.lastModified) return session.lastModified < than.lastModified;
  return session.id < than.id;
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
