import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Frame } from './frames';
import { Inbox } from './inbox';

const frame = (type: string) => ({ type }) as unknown as Frame;

let now = 0;
let taken: string[][] = [];
/** How long the page takes to show what it was handed. */
let cost = 0;

function inbox(): Inbox {
  return new Inbox((frames) => {
    taken.push(frames.map(({ type }) => type));
    now += cost;
  });
}

/** Let time pass, with a picture each 16 ms. */
function pass(milliseconds: number): void {
  for (let passed = 0; passed < milliseconds; passed++) {
    now += 1;
    vi.advanceTimersByTime(1);
  }
}

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'],
  });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  [now, taken, cost] = [0, [], 0];
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('what can wait comes with the next picture, and takes along what came before it', () => {
  const box = inbox();
  box.add(frame('one'), true);
  box.add(frame('two'), true);
  expect(taken).toEqual([]);
  pass(17);
  expect(taken).toEqual([['one', 'two']]);
  box.add(frame('three'), true);
  box.add(frame('now'), false);
  expect(taken).toEqual([
    ['one', 'two'],
    ['three', 'now'],
  ]);
});

test('a slow page is left alone for twice the time that a picture took it', () => {
  const box = inbox();
  cost = 30;
  for (let word = 0; word < 600; word += 10) {
    box.add(frame('word'), true);
    pass(10);
  }
  const slow = taken.length;
  [taken, cost] = [[], 0];
  pass(200);
  for (let word = 0; word < 600; word += 10) {
    box.add(frame('word'), true);
    pass(10);
  }
  expect(slow).toBeLessThan(taken.length / 2);
  expect(slow).toBeGreaterThan(3);
});

test('nothing waits longer than a page without pictures does', () => {
  const box = inbox();
  cost = 1000;
  box.add(frame('one'), true);
  pass(20);
  box.add(frame('two'), true);
  pass(150);
  expect(taken).toEqual([['one'], ['two']]);
});
