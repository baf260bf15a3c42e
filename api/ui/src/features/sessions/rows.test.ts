import { describe, expect, test } from 'vitest';

import type { SessionPage, SessionSummary } from '@/api';
import { merge, rows, titleOf } from './rows';

const NOW = new Date(2026, 10, 23, 12);

function session(id: string, lastModified = NOW): SessionSummary {
  return {
    id,
    lastModified: lastModified.toISOString(),
    title: null,
    summary: null,
    slug: null,
  } as SessionSummary;
}

function page(items: SessionSummary[], next_cursor: string | null): SessionPage {
  return { items, next_cursor };
}

describe('the list', () => {
  test('has the name of each day once, above its sessions', () => {
    const yesterday = new Date(2026, 10, 22, 23, 59);
    const list = rows([session('a'), session('b', yesterday), session('c', yesterday)], NOW);
    expect(list.map((row) => (row.kind === 'day' ? row.name : row.key))).toEqual([
      'Today',
      'a',
      'Yesterday',
      'b',
      'c',
    ]);
    expect(new Set(list.map((row) => row.key)).size).toBe(list.length);
  });

  test('takes what is newer of a session, and shows none twice', () => {
    const newer = { ...session('b'), title: 'new' };
    const merged = merge(page([newer], 'more'), [session('b'), session('a')]);
    expect(merged.map((one) => one.id)).toEqual(['b', 'a']);
    expect(merged[0]).toBe(newer);
  });

  test('forgets what is gone as far as the newest reach, and keeps what is older', () => {
    const [old, older] = [new Date(2026, 10, 22), new Date(2026, 10, 21)];
    const pages = [session('gone'), session('b', old), session('a', old), session('c', older)];
    const newest = [session('d'), session('b', old)];
    expect(merge(page(newest, 'more'), pages).map((one) => one.id)).toEqual(['d', 'b', 'a', 'c']);
    expect(merge(page(newest, null), pages)).toEqual(newest);
    expect(merge(page([], null), pages)).toEqual([]);
    expect(merge(undefined, pages)).toEqual(pages);
  });
});

test('a title of one’s own comes before what the agent found', () => {
  expect(titleOf({ title: 'mine', summary: 'its', slug: 'slug' })).toBe('mine');
  expect(titleOf({ title: null, summary: 'its', slug: 'slug' })).toBe('its');
  expect(titleOf({ title: null, summary: null, slug: null })).toBe('New session');
});
