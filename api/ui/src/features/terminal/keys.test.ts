import { describe, expect, it } from 'vitest';

import { arrow, withCtrl } from './keys';

describe('withCtrl', () => {
  it.each([
    ['c', '\x03'],
    ['C', '\x03'],
    ['z', '\x1a'],
    ['@', '\x00'],
    [' ', '\x00'],
    ['[', '\x1b'],
    ['_', '\x1f'],
    ['?', '\x7f'],
  ])('makes a control character of %j', (typed, sent) => {
    expect(withCtrl(typed)).toBe(sent);
  });

  it.each(['1', 'é', 'ab', '', '\x1b[A'])('means nothing with %j', (typed) => {
    expect(withCtrl(typed)).toBeNull();
  });
});

describe('arrow', () => {
  it('is of the kind that the program asked for', () => {
    expect(arrow('up', false)).toBe('\x1b[A');
    expect(arrow('left', true)).toBe('\x1bOD');
  });
});
