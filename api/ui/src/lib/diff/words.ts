/** Which words of a changed line are others than before. */
import { diffWordsWithSpace } from 'diff';

import type { DiffLine } from './hunks';

/** From (inclusive) and to (exclusive), in characters of the line. */
export type Span = readonly [from: number, to: number];

const LONGEST = 400; // characters of a line whose words are compared
// A line of which less stays is another line: marking all of its words tells nothing.
const MIN_ALIKE = 0.4;

/** The changed words of each line that took the place of another one, by the number of the line. */
export function changedWords(lines: readonly DiffLine[]): ReadonlyMap<number, readonly Span[]> {
  const words = new Map<number, readonly Span[]>();
  for (const [removed, added] of pairs(lines)) {
    const [before, after] = [lines[removed]?.text ?? '', lines[added]?.text ?? ''];
    if (Math.max(before.length, after.length) > LONGEST) continue;
    const spans = compare(before, after);
    if (!spans) continue;
    words.set(removed, spans.before);
    words.set(added, spans.after);
  }
  return words;
}

/** As many removed lines as are followed by added ones, in order. */
function* pairs(lines: readonly DiffLine[]): Generator<readonly [number, number]> {
  for (let start = 0; start < lines.length; start++) {
    if (lines[start]?.kind !== 'removed') continue;
    let middle = start;
    while (lines[middle]?.kind === 'removed') middle++;
    let end = middle;
    while (lines[end]?.kind === 'added') end++;
    if (middle - start === end - middle) {
      for (let number = start; number < middle; number++) yield [number, number + middle - start];
    }
    start = end - 1;
  }
}

function compare(before: string, after: string): { before: Span[]; after: Span[] } | null {
  const spans: { before: Span[]; after: Span[] } = { before: [], after: [] };
  let [from, to, alike] = [0, 0, 0];
  for (const { value, added, removed } of diffWordsWithSpace(before, after)) {
    if (added) spans.after.push([to, to + value.length]);
    else if (removed) spans.before.push([from, from + value.length]);
    else alike += value.trim().length;
    if (!added) from += value.length;
    if (!removed) to += value.length;
  }
  return alike >= MIN_ALIKE * Math.max(before.trim().length, after.trim().length) ? spans : null;
}
