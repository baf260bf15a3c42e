import fc from 'fast-check';
import { expect, test } from 'vitest';

import { pieces } from './pieces';

test('what was found is marked', () => {
  expect(pieces('a fox ran', [[2, 5]])).toEqual([
    { start: 0, text: 'a ', marked: false },
    { start: 2, text: 'fox', marked: true },
    { start: 5, text: ' ran', marked: false },
  ]);
});

test('the text stays whole, whatever the ranges', () => {
  const range = fc.tuple(fc.integer({ min: -5, max: 60 }), fc.integer({ min: -5, max: 60 }));
  fc.assert(
    fc.property(fc.string({ maxLength: 50 }), fc.array(range), (text, ranges) => {
      const cut = pieces(text, ranges);
      expect(cut.map((piece) => piece.text).join('')).toBe(text);
      expect(new Set(cut.map((piece) => piece.start)).size).toBe(cut.length);
    }),
  );
});
