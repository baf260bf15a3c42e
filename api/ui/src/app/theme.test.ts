import { afterEach, expect, it, vi } from 'vitest';

import { applyKeptTheme } from './theme';

afterEach(() => delete document.documentElement.dataset['theme']);

it('is the one that the browser kept, from the first picture on', () => {
  vi.spyOn(Storage.prototype, 'getItem').mockReturnValue('dark');
  applyKeptTheme();
  expect(document.documentElement.dataset['theme']).toBe('dark');
});

it("is the system's where the browser keeps nothing", () => {
  vi.spyOn(Storage.prototype, 'getItem').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  applyKeptTheme();
  expect(document.documentElement.dataset['theme']).toBeUndefined();
});
