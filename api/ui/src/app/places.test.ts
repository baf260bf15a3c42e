import { expect, test } from 'vitest';

import { parentOf, PLACES } from './places';

test.each([
  ['/sessions/some-id', '/'],
  ['/new', '/'],
  ['/terminal', '/'],
  ['/settings/mcp', '/settings'],
  ['/settings', null],
  ['/', null],
])('%s lies within %s', (location, parent) => {
  expect(parentOf(location)).toBe(parent);
});

test('every place owns its own address, and no other place does', () => {
  for (const place of PLACES) {
    expect(PLACES.filter((other) => other.owns.test(place.href))).toEqual([place]);
  }
});
