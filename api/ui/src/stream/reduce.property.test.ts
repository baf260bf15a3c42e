import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ServerFrame } from '@/api';
import { placeOf } from './cursor';
import { cut, reduce } from './reduce';
import { initialState, type SessionState } from './state';
import { withoutThePast } from './testing/comparing';
import { EPOCH, StoryServer } from './testing/story-server';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const word = fc.string({ maxLength: 6, unit: 'grapheme' });
const id = fc.constantFrom('x', 'y', 'z');

type Act = (server: StoryServer) => void;

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(key, fc.nat(2), fc.constantFrom('text', 'reasoning'), word).map(growing) },
  { weight: 4, arbitrary: fc.tuple(key, fc.array(word, { maxLength: 3 })).map(saying) },
  {
    weight: 2,
    arbitrary: fc.nat(1000).map(
      (turn): Act =>
        (server) =>
          server.say(`turn ${turn}`, ['Said']),
    ),
  },
  fc.constantFrom('completed', 'interrupted', 'error').map(
    (status): Act =>
      (server) =>
        server.end(status),
  ),
  id.map(
    (toolUseId): Act =>
      (server) =>
        server.ask(toolUseId),
  ),
  id.map(
    (toolUseId): Act =>
      (server) =>
        server.resolve(toolUseId),
  ),
  fc.tuple(fc.array(word, { maxLength: 2 }), fc.boolean()).map(
    ([texts, paused]): Act =>
      (server) =>
        server.queue(texts, paused),
  ),
  fc.tuple(id, fc.constantFrom('starts', 'calls', 'ends')).map(
    ([subagent, does]): Act =>
      (server) =>
        server.subagent(subagent, does),
  ),
  fc.boolean().map(
    (active): Act =>
      (server) =>
        server.state({ type: 'compacting', active }),
  ),
  fc.constantFrom('plan', 'default').map(
    (mode): Act =>
      (server) =>
        server.state({ type: 'mode_changed', mode }),
  ),
  fc.nat(9).map(
    (turns): Act =>
      (server) =>
        server.state(usage(turns)),
  ),
);

function growing([name, part, kind, text]: [string, number, 'text' | 'reasoning', string]): Act {
  return (server) => server.grow(name, part, kind, text);
}

function saying([name, texts]: [string, string[]]): Act {
  return (server) => server.say(name, texts);
}

function usage(numTurns: number) {
  const tokens = { input: numTurns, output: 0, cacheRead: 0, cacheWrite: 0 };
  return { type: 'usage' as const, tokens, totalCostUsd: 0, numTurns };
}

function play(acts: readonly Act[]): StoryServer {
  const server = new StoryServer();
  acts.forEach((one) => server.step(() => one(server)));
  return server;
}

/** One connection: how much of it arrives before it ends, what comes twice, and how it begins. */
interface Visit {
  frames: number;
  repeated: number;
  gap: boolean;
  missed: number;
}

const visit: fc.Arbitrary<Visit> = fc.record({
  frames: fc.nat(40),
  repeated: fc.nat(3),
  gap: fc.boolean(),
  missed: fc.nat(20),
});

/** The state of a client with these connections, the last of which stays. */
function follow(server: StoryServer, visits: readonly Visit[]): SessionState {
  const end = server.journal.length;
  let state = initialState('session');
  for (const [number, one] of [
    ...visits,
    { frames: Infinity, repeated: 0, gap: false, missed: 0 },
  ].entries()) {
    const now = number === visits.length ? end : momentAfter(server, state, one.missed);
    const frames = [...begin(server, state, now, one.gap), ...server.journal.slice(now)];
    for (const [place, frame] of frames.slice(0, one.frames).entries()) {
      state = reduce(state, frame);
      for (const earlier of frames.slice(Math.max(0, place - one.repeated), place))
        if ('seq' in earlier && state.replay === null) expect(reduce(state, earlier)).toBe(state);
    }
    state = cut(state);
  }
  return state;
}

function seqOf(state: SessionState): number {
  return state.cursor === null ? 0 : placeOf(state.cursor).seq;
}

/** The first time after so many more events at which somebody can come. */
function momentAfter(server: StoryServer, state: SessionState, missed: number): number {
  let now = Math.min(seqOf(state) + missed, server.journal.length);
  while (!server.snapshots.has(now)) now++;
  return now;
}

function begin(server: StoryServer, state: SessionState, now: number, gap: boolean): ServerFrame[] {
  const cursor = `${EPOCH}:${now}`;
  const snapshot = server.snapshots.get(now) ?? [];
  if (state.cursor === null) return snapshot;
  if (gap) return [{ type: 'resume', result: 'gap', cursor }, ...snapshot];
  return [{ type: 'resume', result: 'ok', cursor }, ...server.journal.slice(seqOf(state), now)];
}

describe('any sequence of frames', () => {
  it('gives the same state however often the connection ends, by resuming and by snapshots', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.array(visit, { maxLength: 6 }), (acts, visits) => {
        const server = play(acts);
        const whole = follow(server, []);
        const first = [...(server.snapshots.get(0) ?? []), ...server.journal].reduce(
          reduce,
          initialState('session'),
        );
        const parted = follow(server, visits);
        const from = Math.max(whole.oldestIndex ?? 0, parted.oldestIndex ?? 0, first.oldestIndex ?? 0);
        expect(withoutThePast(parted, from)).toEqual(withoutThePast(first, from));
        expect(withoutThePast(whole, from)).toEqual(withoutThePast(first, from));
      }),
      { numRuns: 400 },
    );
  });

  it('is the very same state when every cut is resumed', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.array(visit, { maxLength: 6 }), (acts, visits) => {
        const server = play(acts);
        const whole = [...(server.snapshots.get(0) ?? []), ...server.journal].reduce(
          reduce,
          initialState('session'),
        );
        const first: Visit = { frames: 4, repeated: 0, gap: false, missed: 0 };
        const parted = follow(server, [first, ...visits.map((one) => ({ ...one, gap: false }))]);
        expect(parted).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps indexes contiguous and deltas out of messages that were said', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const server = play([...acts, (one) => one.end('completed')]);
        const { messages, streaming, totalMessages, approvals } = follow(server, []);
        expect(messages.map(({ index }) => index)).toEqual(
          messages.map((_, at) => totalMessages - messages.length + at),
        );
        expect(streaming).toEqual({});
        expect(approvals).toEqual([]);
      }),
    );
  });

  it('builds the same text out of any pieces', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (whole, cuts) => {
        const places = [...new Set([0, whole.length, ...cuts.filter((at) => at <= whole.length)])].sort(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((at, before) => whole.slice(places[before], at));
        const server = play(
          pieces.map(
            (piece): Act =>
              (one) =>
                one.grow('a', 0, 'text', piece),
          ),
        );
        const { streaming } = server.journal.reduce(
          reduce,
          (server.snapshots.get(0) ?? []).reduce(reduce, initialState('session')),
        );
        expect(streaming[0]?.parts[0]?.text ?? '').toBe(whole);
      }),
    );
  });
});
