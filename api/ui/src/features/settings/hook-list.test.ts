import { expect, test } from 'vitest';

import { contentOf, listed, withHook, without, type Hooks } from './hook-list';

const KEPT: Hooks = {
  PreToolUse: [
    {
      matcher: 'Bash',
      hooks: [
        { type: 'command', command: 'a', timeout: 5 },
        { type: 'command', command: 'b' },
      ],
    },
    { hooks: [{ type: 'http', url: 'http://c', headers: { X: '1' } }] },
  ],
  Stop: [{ hooks: [{ type: 'command', command: 'd' }] }],
};

function shown(hooks: Hooks) {
  return listed(hooks).map(({ event, matcher, handler }) => [event, matcher, contentOf(handler)].join(' '));
}

function placeOf(content: string) {
  const found = listed(KEPT).find(({ handler }) => contentOf(handler) === content);
  return found!.place;
}

test('every hook is listed with its event and matcher', () => {
  expect(shown(KEPT)).toEqual(['PreToolUse Bash a', 'PreToolUse Bash b', 'PreToolUse  http://c', 'Stop  d']);
});

test('a hook is taken out, with what it leaves empty', () => {
  expect(shown(without(KEPT, placeOf('a')))).toEqual([
    'PreToolUse Bash b',
    'PreToolUse  http://c',
    'Stop  d',
  ]);
  expect(without(KEPT, placeOf('d'))).toEqual({ PreToolUse: KEPT['PreToolUse'] });
});

test('a changed hook stays in its place, and all else as it is', () => {
  const handler = { type: 'command', command: 'A', timeout: 5 };
  const changed = withHook(KEPT, { event: 'PreToolUse', matcher: 'Bash', handler }, placeOf('a'));
  expect(shown(changed)).toEqual([
    'PreToolUse Bash A',
    'PreToolUse Bash b',
    'PreToolUse  http://c',
    'Stop  d',
  ]);
  expect(changed['PreToolUse']?.[1]).toBe(KEPT['PreToolUse']?.[1]);
});

test('a hook moves with its event, and joins those of its matcher', () => {
  const handler = { type: 'command', command: 'd' };
  const moved = withHook(KEPT, { event: 'PreToolUse', matcher: 'Bash', handler }, placeOf('d'));
  expect(shown(moved)).toEqual([
    'PreToolUse Bash a',
    'PreToolUse Bash b',
    'PreToolUse Bash d',
    'PreToolUse  http://c',
  ]);
  expect(moved['Stop']).toBeUndefined();
});

test('the first hook of an event makes its group', () => {
  const handler = { type: 'command', command: 'x' };
  expect(withHook({}, { event: 'Stop', matcher: '', handler }, null)).toEqual({
    Stop: [{ hooks: [handler] }],
  });
  expect(withHook({}, { event: 'PreToolUse', matcher: 'Edit', handler }, null)).toEqual({
    PreToolUse: [{ matcher: 'Edit', hooks: [handler] }],
  });
});
