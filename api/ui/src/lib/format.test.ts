import { expect, test } from 'vitest';

import { baseName, bytes, cost } from './format';

test.each([
  [0, ''],
  [0.0004, '<$0.01'],
  [1.239, '$1.24'],
  [1234.5, '$1235'],
])('a cost of %d is %s', (usd, text) => {
  expect(cost(usd)).toBe(text);
});

test.each([
  [999, '999 B'],
  [1000, '1.0 kB'],
  [2_500_000, '2.5 MB'],
])('%d bytes are %s', (size, text) => {
  expect(bytes(size)).toBe(text);
});

test('the last name of a path', () => {
  expect(baseName('/home/hatchpod/workspace/')).toBe('workspace');
  expect(baseName('/')).toBe('');
});
