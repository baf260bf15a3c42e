import { expect, test } from 'vitest';

import { everyDay, lastDays, totalOf } from './days';

const TOKENS = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };

test('a range has as many days as it says, today included', () => {
  expect(lastDays(7, new Date('2026-03-02T23:30:00Z'))).toEqual({ from: '2026-02-24', to: '2026-03-02' });
  expect(lastDays(1, new Date('2026-03-02T00:00:00Z'))).toEqual({ from: '2026-03-02', to: '2026-03-02' });
});

test('days without use are there with nothing', () => {
  const range = { from: '2026-02-27', to: '2026-03-02' };
  const days = everyDay([{ day: '2026-03-01', totalCostUsd: 0.5, tokens: TOKENS }], range);
  expect(days.map(({ day, cost, output }) => [day, cost, output])).toEqual([
    ['2026-02-27', 0, 0],
    ['2026-02-28', 0, 0],
    ['2026-03-01', 0.5, 2],
    ['2026-03-02', 0, 0],
  ]);
});

test('all kinds of tokens are tokens', () => {
  expect(totalOf(TOKENS)).toBe(10);
});
