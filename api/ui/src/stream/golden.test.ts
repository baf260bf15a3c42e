/** Streams that the server has really told (`api/tests/live/test_golden.py` keeps them up to date). */
import { describe, expect, it } from 'vitest';

import { parseFrame } from './frames';
import { reduce } from './reduce';
import { initialState, type SessionState } from './state';
import { withoutThePast } from './testing/comparing';

interface Golden {
  frames: object[];
  snapshot: object[];
}

const GOLDEN = import.meta.glob<Golden>('./golden/*.json', { eager: true, import: 'default' });
const names = Object.keys(GOLDEN).map((path) => /(\w[\w-]*)\.json$/.exec(path)?.[1] ?? '');

function reduced(frames: readonly object[]): SessionState {
  return frames.map((frame) => parseFrame(JSON.stringify(frame))).reduce(reduce, initialState('one'));
}

function golden(name: string): Golden {
  return GOLDEN[`./golden/${name}.json`]!;
}

const shown = (name: string) => reduced(golden(name).frames);

const texts = (state: SessionState) =>
  state.messages
    .flatMap((message) => ('parts' in message ? message.parts : []))
    .flatMap((part) => ('text' in part ? [part.text] : []));

describe('streams of the server', () => {
  it('are there', () => expect(names.length).toBeGreaterThan(10));

  it.each(names)('%s: one who was there has what one who comes later is told', (name) => {
    const whole = shown(name);
    const later = reduced(golden(name).snapshot);
    const from = later.oldestIndex ?? 0;
    expect(withoutThePast(whole, from)).toEqual({
      ...withoutThePast(later, from),
      id: whole.id,
      cursor: whole.cursor,
    });
    expect(whole).toMatchObject({ loaded: true, streaming: {}, replay: null });
  });

  it.each(names)('%s: no frame counts twice', (name) => {
    golden(name)
      .frames.map((frame) => parseFrame(JSON.stringify(frame)))
      .reduce((state, frame) => {
        const next = reduce(state, frame);
        if ('seq' in frame) expect(reduce(next, frame)).toBe(next);
        return next;
      }, initialState('one'));
  });

  it('say what was said', () => {
    expect(texts(shown('answer'))).toEqual(['Good morning', 'Echo: Good morning']);
    expect(texts(shown('thinking')).slice(1)).toEqual([
      'Let me think about that. ',
      'I have thought about it. ',
    ]);
    expect(texts(shown('clear'))).toEqual(['Echo: Anew']);
    expect(shown('many-messages')).toMatchObject({ totalMessages: 42, oldestIndex: 0 });
  });

  it('leave nothing of what was never said', () => {
    expect(shown('crash')).toMatchObject({ status: 'error', totalMessages: 1 });
    expect(shown('interrupted').queue).toEqual({ items: [], paused: false });
  });

  it('know what goes on', () => {
    expect(shown('waiting')).toMatchObject({
      status: 'waiting_for_approval',
      approvals: [{ kind: 'question' }],
    });
    expect(shown('plan')).toMatchObject({ mode: 'acceptEdits', approvals: [] });
    expect(shown('rate-limit').rateLimits['five_hour']).toMatchObject({ status: 'rejected', utilization: 1 });
    expect(shown('redirected').id).not.toBe('one');
    expect(shown('tasks').tasks.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(shown('compacting')).toMatchObject({ compacting: false, contextUsage: { percent: 10 } });
  });

  it('keep the steps of a subagent', () => {
    const [subagent] = Object.values(shown('subagent').subagents);
    expect(subagent?.calls.map(({ toolName }) => toolName)).toEqual(['Glob', 'Grep', 'Read']);
    expect(subagent?.result).toMatchObject({ summary: 'Found 3 tests', toolUses: 3 });
    expect(shown('subagent').toolProgress).toEqual({});
  });
});
