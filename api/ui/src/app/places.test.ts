import { expect, test } from 'vitest';

import { parentOf, PLACES, titleOf } from './places';

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

test.each([
  ['/', 'Sessions'],
  ['/new', 'New session'],
  ['/login', 'Log in'],
  ['/git', 'Git'],
  ['/settings', 'Settings'],
  ['/settings/mcp', null],
  ['/sessions/some-id', null],
  ['/nowhere', null],
])('%s is called %s', (location, title) => {
  expect(titleOf(location)).toBe(title);
});
