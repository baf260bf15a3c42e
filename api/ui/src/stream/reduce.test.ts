import { describe, expect, it } from 'vitest';

import type { ServerFrame } from '@/api';
import { parseFrame } from './frames';
import { DivergedError, forgetOlder, prepend } from './messages';
import { cut, reduce } from './reduce';
import { initialState, type SessionState } from './state';

const message = (index: number, text: string): ServerFrame => ({
  type: 'message',
  message: { role: 'assistant', index, parts: [{ type: 'text', text }] },
});

const snapshot = (cursor: string, ...messages: ServerFrame[]): ServerFrame[] => [
  ...messages,
  {
    type: 'replay_complete',
    totalMessages: messages.length,
    oldestIndex: messages.length ? 0 : null,
    cursor,
  },
  { type: 'status', status: 'completed' },
  { type: 'queue', items: [], paused: false },
];

const after = (state: SessionState, ...frames: ServerFrame[]) => frames.reduce(reduce, state);
const opened = (...messages: ServerFrame[]) => after(initialState('one'), ...snapshot('e:7', ...messages));
const delta = (seq: number, offset: number, text: string): ServerFrame => ({
  type: 'text_delta',
  messageIndex: 1,
  partIndex: 0,
  offset,
  text,
  seq,
});

describe('reduce', () => {
  it('shows a snapshot when it is whole, and not before', () => {
    const frames = snapshot('e:7', message(0, 'Hello'));
    const almost = after(initialState('one'), ...frames.slice(0, -1));
    expect(almost).toMatchObject({ loaded: false, messages: [], cursor: null });
    expect(after(almost, ...frames.slice(-1))).toMatchObject({
      loaded: true,
      cursor: 'e:7',
      oldestIndex: 0,
      totalMessages: 1,
      status: 'completed',
      replay: null,
    });
  });

  it('forgets a snapshot that was cut off', () => {
    const state = opened(message(0, 'Hello'));
    const partly = after(state, { type: 'resume', result: 'gap', cursor: 'f:0' }, message(0, 'Another'));
    expect(cut(partly)).toEqual(state);
  });

  it('keeps the identity of what a new snapshot tells again, and pages before it', () => {
    const state = opened(message(0, 'Hello'), message(1, 'World'));
    const again = after(
      state,
      { type: 'resume', result: 'gap', cursor: 'f:3' },
      ...snapshot('f:3', message(1, 'World'), message(2, '!')),
    );
    expect(again.messages.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(again.messages[1]).toBe(state.messages[1]);
    expect(again.cursor).toBe('f:3');
  });

  it('drops what it had where the snapshot tells another story', () => {
    const state = opened(message(0, 'Hello'), message(1, 'World'));
    const again = after(
      state,
      { type: 'resume', result: 'gap', cursor: 'f:3' },
      ...snapshot('f:3', message(1, 'Other')),
    );
    expect(again.messages.map(({ index }) => index)).toEqual([1]);
    expect(
      after(state, { type: 'resume', result: 'gap', cursor: 'f:0' }, ...snapshot('f:0')).messages,
    ).toEqual([]);
  });

  it('takes no event twice', () => {
    const state = after(opened(), delta(8, 0, 'Hel'));
    expect(reduce(state, delta(8, 0, 'Hel'))).toBe(state);
    expect(reduce(state, delta(9, 3, 'lo')).streaming[1]?.parts[0]?.text).toBe('Hello');
  });

  it('notices what was lost', () => {
    const state = after(opened(), delta(8, 0, 'Hel'));
    expect(() => reduce(state, delta(10, 3, 'lo'))).toThrow(DivergedError);
    expect(() => reduce(state, delta(9, 4, 'lo'))).toThrow(DivergedError);
    expect(() => reduce(state, parseFrame('{"type":"message","seq":9}'))).toThrow(DivergedError);
  });

  it('counts events that it does not know', () => {
    const state = reduce(opened(), parseFrame('{"type":"weather","seq":8}'));
    expect(state.cursor).toBe('e:8');
    expect(reduce(state, parseFrame('{"type":"weather"}')).messages).toBe(state.messages);
  });

  it('ends approvals and progress with the turn, and takes a late answer', () => {
    const state = after(
      opened(),
      { type: 'tool_approval_request', toolUseId: 'a', toolName: 'Bash', input: {}, seq: 8 },
      { type: 'tool_progress', toolUseId: 'a', toolName: 'Bash', elapsedSeconds: 2, seq: 9 },
      { type: 'status', status: 'interrupted', seq: 10 },
    );
    expect(state).toMatchObject({ approvals: [], toolProgress: {}, status: 'interrupted' });
    const late = reduce(state, {
      type: 'tool_approval_resolved',
      toolUseId: 'a',
      outcome: 'withdrawn',
      seq: 11,
    });
    expect(late.approvals).toBe(state.approvals);
  });

  it('goes on under another id', () => {
    expect(reduce(opened(), { type: 'session_redirected', sessionId: 'two', seq: 8 }).id).toBe('two');
  });

  it('puts only the page before in front', () => {
    const state = { ...opened(message(0, 'x')), messages: [], oldestIndex: null };
    const held = after(state, { ...message(5, 'five'), seq: 8 } as ServerFrame);
    const older = (index: number) => ({
      messages: [{ role: 'assistant' as const, index, parts: [] }],
      tasks: [],
      totalMessages: 6,
      hasMore: true,
      oldestIndex: index,
    });
    expect(prepend(held, older(3))).toBe(held);
    const longer = prepend(held, older(4));
    expect(longer.oldestIndex).toBe(4);
    expect(forgetOlder(longer, 1)).toMatchObject({ oldestIndex: 5, totalMessages: 6 });
  });
});

describe('parseFrame', () => {
  it.each(['', '[]', '{"type":"message"}', '{"type":"queue","items":[]}', '{"type":"ping","seq":-1}'])(
    'calls %s invalid',
    (line) => {
      expect(parseFrame(line)).toMatchObject({ type: 'invalid' });
    },
  );
});
