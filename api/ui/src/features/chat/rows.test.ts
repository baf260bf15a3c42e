import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { NormalizedMessage, Part } from '@/api';
import { growingParts } from './build-rows';
import { projectRows, rowOf, type Row, type Shown } from './rows';

const shown = (messages: readonly NormalizedMessage[], rest: Partial<Shown> = {}): Shown => ({
  messages,
  growing: [],
  pending: [],
  failure: null,
  ...rest,
});
const assistant = (index: number, ...parts: Part[]): NormalizedMessage => ({
  role: 'assistant',
  index,
  parts,
});
const user = (index: number, ...parts: Part[]): NormalizedMessage => ({ role: 'user', index, parts });
const text = (said: string): Part => ({ type: 'text', text: said });
const use = (toolUseId: string, toolName = 'Read'): Part => ({
  type: 'tool_use',
  toolUseId,
  toolName,
  input: {},
});
const result = (toolUseId: string, output = 'ok'): Part => ({
  type: 'tool_result',
  toolUseId,
  output,
  isError: false,
});
const kinds = (rows: readonly Row[]) => rows.map(({ kind }) => kind);

test('a tool is shown with its result, and with the pictures of it', () => {
  const image: Part = { type: 'image', mediaType: 'image/png', ref: '/api/sessions/x/images/y/0' };
  const rows = projectRows(
    shown([user(0, text('look')), assistant(1, text('I will'), use('a')), user(2, result('a'), image)]),
  );
  expect(kinds(rows)).toEqual(['user', 'text', 'tools']);
  expect(rows[2]).toMatchObject({ calls: [{ result: { output: 'ok' }, images: [{ ref: image.ref }] }] });
});

test('runs of the same tool are one row, over the messages; each subagent is one of its own', () => {
  const rows = projectRows(
    shown([
      assistant(0, use('a')),
      user(1, result('a')),
      assistant(2, use('b'), use('c')),
      user(3, result('c')),
      assistant(4, use('d', 'Bash')),
      assistant(5, use('e', 'Task'), use('f', 'Task')),
    ]),
  );
  expect(rows.map((row) => row.kind === 'tools' && [row.name, row.calls.length])).toEqual([
    ['Read', 3],
    ['Bash', 1],
    ['Task', 1],
    ['Task', 1],
  ]);
});

test('a result whose use is on an older page waits for it, and keeps the row that is there', () => {
  const late = [user(4, result('a')), assistant(5, use('b')), user(6, result('b'))];
  const before = projectRows(shown(late));
  expect(before).toHaveLength(1);
  const after = projectRows(shown([assistant(3, use('a')), ...late]), before);
  expect(after).toHaveLength(1);
  expect(after[0]?.key).toBe(before[0]?.key);
  expect(kinds(projectRows(shown([user(0, result('lost'))])))).toEqual(['tools']);
});

test('what is being said comes after what was said of the same message, and before later ones', () => {
  const growing = growingParts({
    3: { index: 3, parts: { 1: { type: 'text', text: 'b' }, 0: { type: 'reasoning', text: 'a' } } },
    1: { index: 1, parts: { 1: { type: 'text', text: 'c' } } },
  });
  const rows = projectRows(shown([assistant(1, text('said')), user(2, text('more'))], { growing }));
  expect(rows.map(({ key }) => key)).toEqual(['1.0', '1.1', '2', '3.0', '3.1']);
});

test('a text that is whole has the row that it grew in', () => {
  const growing = growingParts({ 1: { index: 1, parts: { 0: { type: 'text', text: 'x' } } } });
  const before = projectRows(shown([user(0, text('hi'))], { growing }));
  const after = projectRows(shown([user(0, text('hi')), assistant(1, text('xy'))]), before);
  expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
});

test('why the session cannot go on is said once', () => {
  const failure = { type: 'error', message: 'No more' } as const;
  expect(kinds(projectRows(shown([user(0, text('a'))], { failure })))).toEqual(['user', 'error']);
  expect(kinds(projectRows(shown([assistant(0, failure)], { failure })))).toEqual(['error']);
});

test('every kind of message and part has its row', () => {
  const rows = projectRows(
    shown(
      [
        { role: 'system', index: 0, event: { type: 'compact_boundary', trigger: 'auto' } },
        { role: 'assistant', index: 1, thinkingDurationMs: 1500, parts: [{ type: 'reasoning', text: 'hm' }] },
        assistant(2, { type: 'error', message: 'No' }, { type: 'image', mediaType: 'image/png', ref: '/x' }),
        { role: 'tool_summary', index: 3, summary: 'Read two files', precedingToolUseIds: ['a'] },
        { role: 'system', index: 4, event: { type: 'session_result', totalCostUsd: 0.1, numTurns: 2 } },
        { role: 'system', index: 5, event: { type: 'status', text: 'Note' } },
        user(6, { type: 'image', mediaType: 'image/png', ref: '/y' }),
      ],
      {
        pending: [
          {
            clientId: 'c',
            text: 'next',
            mode: 'send',
            attachments: [],
            state: 'sent',
            kept: true,
            error: null,
          },
        ],
      },
    ),
  );
  expect(kinds(rows)).toEqual([
    'event',
    'thought',
    'error',
    'image',
    'summary',
    'event',
    'event',
    'user',
    'pending',
  ]);
  expect(rows[1]).toMatchObject({ durationMs: 1500 });
});

const part = fc.oneof(
  fc.constant(text('said')),
  fc.constantFrom('a', 'b', 'c', 'd').map((id) => use(id)),
  fc.constantFrom('a', 'b', 'c', 'd').map((id) => result(id)),
);
const conversation = fc
  .array(fc.tuple(fc.boolean(), fc.array(part, { maxLength: 4 })), { maxLength: 12 })
  .map((messages) =>
    messages.map(([person, parts], index) => (person ? user(index, ...parts) : assistant(index, ...parts))),
  );

test('the same messages give the very same rows, and a new one touches the last ones alone', () => {
  fc.assert(
    fc.property(conversation, (messages) => {
      const rows = projectRows(shown(messages));
      expect(projectRows(shown([...messages]), rows)).toBe(rows);
      const more = projectRows(shown([...messages, user(messages.length, text('new'))]), rows);
      expect(more.slice(0, -1).every((row, position) => row === rows[position])).toBe(true);
    }),
  );
});

test('a message is found by its index', () => {
  const rows = projectRows(
    shown([user(7, text('a')), assistant(8, use('x')), user(9, result('x')), user(10, text('b'))]),
  );
  expect([7, 8, 9, 10, 11].map((index) => rowOf(rows, index))).toEqual([0, 1, 1, 2, 2]);
  expect(rowOf(rows, 6)).toBe(-1);
});
