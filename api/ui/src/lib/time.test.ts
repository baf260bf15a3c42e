import { expect, test } from 'vitest';

import { dayName, shortTime } from './time';

const now = new Date(2026, 10, 23, 0, 30);

test('a day ends at midnight, not after 24 hours', () => {
  expect(dayName(new Date(2026, 10, 23, 0, 0).toISOString(), now)).toBe('Today');
  expect(dayName(new Date(2026, 10, 22, 23, 59).toISOString(), now)).toBe('Yesterday');
  expect(dayName(new Date(2026, 10, 18).toISOString(), now)).toBe('Wednesday');
  expect(dayName(new Date(2025, 10, 18).toISOString(), now)).toContain('2025');
});

test('a time that is ahead of this clock is now', () => {
  expect(shortTime(new Date(2026, 10, 23, 0, 31).toISOString(), now)).toBe('now');
  expect(shortTime(new Date(2026, 10, 23, 0, 20).toISOString(), now)).toContain('10');
});
