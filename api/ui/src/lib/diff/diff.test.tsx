import { render } from '@testing-library/react';
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DiffView } from './diff-view';
import { diffOf, parseDiff } from './hunks';
import { changedWords } from './words';

test('the lines of a difference make both texts', () => {
  const line = fc.constantFrom('', 'a', 'b', '  indented', '+plus', '-minus', '\\ odd', ' x');
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((one) => `${one}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffOf(before, after, null, 100).hunks.flatMap((hunk) => hunk.lines);
      const side = (without: string) =>
        lines
          .filter(({ kind }) => kind !== without)
          .map((one) => `${one.text}\n`)
          .join('');
      if (before === after) expect(lines).toEqual([]);
      else expect([side('added'), side('removed')]).toEqual([before, after]);
    }),
  );
});

test('a new text is added, and counted', () => {
  const diff = diffOf('', 'one\ntwo\n', 'a.txt');
  expect([diff.added, diff.removed]).toEqual([2, 0]);
  expect(diff.hunks[0]?.lines.map(({ after }) => after)).toEqual([1, 2]);
});

test('texts that have nothing in common are compared within bounds', () => {
  const lines = (seed: number) =>
    Array.from({ length: 20_000 }, (_, at) => `${(at * seed) % 65_537}`).join('\n');
  const diff = diffOf(lines(7919), lines(104_729));
  expect(diff.added).toBeGreaterThan(10_000);
});

test('a unified diff names its files, with the numbers of its lines', () => {
  const text =
    'diff --git a/x.py b/x.py\nindex 1..2 100644\n--- a/x.py\n+++ b/x.py\n@@ -10,2 +10,2 @@ def f():\n same\n-old\n+new\n';
  const [file] = parseDiff(text);
  expect(file?.path).toBe('x.py');
  expect(file?.hunks[0]?.lines).toEqual([
    { kind: 'context', before: 10, after: 10, text: 'same' },
    { kind: 'removed', before: 11, after: null, text: 'old' },
    { kind: 'added', before: null, after: 11, text: 'new' },
  ]);
  expect(parseDiff('no diff\nat all\n')).toEqual([]);
  expect(parseDiff('')).toEqual([]);
});

test('the words that changed are known, unless the line is another one', () => {
  const spans = (before: string, after: string) => {
    const lines = diffOf(before, after).hunks.flatMap((hunk) => hunk.lines);
    const words = changedWords(lines);
    return lines.map((line, number) =>
      (words.get(number) ?? []).map(([from, to]) => line.text.slice(from, to)),
    );
  };
  expect(spans('let a = 1;', 'let b = 1;')).toEqual([['a'], ['b']]);
  expect(spans('completely other', 'nothing alike here')).toEqual([[], []]);
});

test('screen readers are told what is added and removed', () => {
  const { container } = render(<DiffView diff={diffOf('let a = 1;\n', 'let b = 1;\n', 'a.ts')} />);
  expect(container).toHaveTextContent('removed: let a = 1;');
  expect(container).toHaveTextContent('added: let b = 1;');
});
