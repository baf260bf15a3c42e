import { describe, expect, test } from 'vitest';

import type { SessionSummary } from '@/api';
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
    const merged = merge([newer], [session('a'), session('b')]);
    expect(merged.map((one) => one.id)).toEqual(['b', 'a']);
    expect(merged[0]).toBe(newer);
  });
});

test('a title of one’s own comes before what the agent found', () => {
  expect(titleOf({ title: 'mine', summary: 'its', slug: 'slug' })).toBe('mine');
  expect(titleOf({ title: null, summary: 'its', slug: 'slug' })).toBe('its');
  expect(titleOf({ title: null, summary: null, slug: null })).toBe('New session');
});
