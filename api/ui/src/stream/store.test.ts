import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ServerFrame } from '@/api';
import { FIRST_DELAY } from './socket';
import { SessionStore, type Refusal } from './store';
import { FakeSocket, fakeSockets } from './testing/fake-socket';

const message = (index: number, clientId?: string): ServerFrame => ({
  type: 'message',
  message: { role: 'user', index, parts: [], ...(clientId !== undefined && { clientId }) },
});

const snapshot = (cursor: string): ServerFrame[] => [
  message(0),
  { type: 'replay_complete', totalMessages: 1, oldestIndex: 0, cursor },
  { type: 'status', status: 'completed' },
  { type: 'queue', items: [], paused: false },
];

let store: SessionStore;
const view = () => store.view.getState();

beforeEach(() => {
  vi.useFakeTimers();
  fakeSockets();
  store = new SessionStore('one');
  store.open();
});

afterEach(() => {
  store.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connect(...frames: ServerFrame[]): void {
  FakeSocket.last.opens();
  FakeSocket.last.tells(...frames);
}

function reconnect(): void {
  FakeSocket.last.ends();
  vi.advanceTimersByTime(4 * FIRST_DELAY);
  FakeSocket.last.opens();
}

/** What the server answers to requests for older pages, in turn. */
function pages(...all: (readonly number[])[]): void {
  vi.stubGlobal('fetch', () => {
    const messages = (all.shift() ?? []).map((index) => ({ role: 'user', index, parts: [] }));
    return Promise.resolve(Response.json({ messages }));
  });
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, step) => from + step);

describe('an open session', () => {
  it('is live when it has the whole snapshot', () => {
    connect(...snapshot('e:7').slice(0, -1));
    expect(view().connection).toBe('connecting');
    FakeSocket.last.tells(...snapshot('e:7').slice(-1));
    expect(view()).toMatchObject({ connection: 'live', state: { cursor: 'e:7', totalMessages: 1 } });
  });

  it('is live again when it has caught up, and shows what it had meanwhile', () => {
    connect(...snapshot('e:7'));
    reconnect();
    expect(view()).toMatchObject({ connection: 'reconnecting', state: { totalMessages: 1 } });
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'subscribe', cursor: 'e:7' });
    FakeSocket.last.tells({ type: 'resume', result: 'ok', cursor: 'e:9' }, {
      ...message(1),
      seq: 8,
    } as ServerFrame);
    expect(view().connection).toBe('reconnecting');
    FakeSocket.last.tells({ ...message(2), seq: 9 } as ServerFrame);
    expect(view()).toMatchObject({ connection: 'live', state: { totalMessages: 3 } });
  });

  it('asks for a snapshot when something was lost', () => {
    connect(...snapshot('e:7'));
    FakeSocket.last.tells({ ...message(2), seq: 9 } as ServerFrame);
    expect(view().state.cursor).toBe('e:7');
    vi.advanceTimersByTime(FIRST_DELAY);
    FakeSocket.last.opens();
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'subscribe', cursor: null });
    FakeSocket.last.tells(...snapshot('e:12'));
    expect(view()).toMatchObject({ connection: 'live', state: { cursor: 'e:12' } });
    reconnect();
    expect(FakeSocket.last.sent[0]).toMatchObject({ cursor: 'e:12' });
  });

  it('shows growing text once per picture, and everything else at once', () => {
    connect(...snapshot('e:7'));
    const delta = (seq: number, offset: number) =>
      ({ type: 'text_delta', messageIndex: 1, partIndex: 0, offset, text: 'ab', seq }) as const;
    FakeSocket.last.tells(delta(8, 0), delta(9, 2));
    expect(view().state.streaming).toEqual({});
    const seen = vi.fn();
    store.view.subscribe(seen);
    vi.advanceTimersToNextFrame();
    expect(seen).toHaveBeenCalledOnce();
    expect(view().state.streaming[1]?.parts[0]?.text).toBe('abab');
    FakeSocket.last.tells(delta(10, 4), { type: 'status', status: 'running', seq: 11 });
    expect(view().state).toMatchObject({ status: 'running', cursor: 'e:11' });
  });

  it('sends a prompt of before when it is live, and once', () => {
    store.actions.prompt('Hello');
    connect(...snapshot('e:7'));
    const prompts = () => FakeSocket.made.flatMap(({ sent }) => sent.filter(({ type }) => type === 'prompt'));
    expect(prompts()).toMatchObject([{ text: 'Hello', mode: 'send' }]);
    const clientId = view().pending[0]!.clientId;
    FakeSocket.last.tells({ ...message(1, clientId), seq: 8 } as ServerFrame);
    expect(view().pending).toEqual([]);
    reconnect();
    FakeSocket.last.tells({ type: 'resume', result: 'ok', cursor: 'e:8' });
    expect(prompts()).toHaveLength(1);
  });

  it('says of all else that it was not done without a connection', () => {
    const refusals: Refusal[] = [];
    store.onRefused((refusal) => refusals.push(refusal));
    store.actions.interrupt();
    connect(...snapshot('e:7'));
    store.actions.interrupt();
    FakeSocket.last.tells({ type: 'error', code: 'approval_gone', error: 'Nobody waits for it' });
    expect(refusals.map(({ code }) => code)).toEqual(['not_connected', 'approval_gone']);
    expect(FakeSocket.last.kinds()).toContain('interrupt');
  });

  it('says what was asked for when the connection ends before it is confirmed', () => {
    const refusals: Refusal[] = [];
    store.onRefused((refusal) => refusals.push(refusal));
    connect(...snapshot('e:7'));
    store.actions.interrupt();
    FakeSocket.last.tells({ type: 'pong' });
    FakeSocket.last.ends();
    expect(refusals).toEqual([]);
    vi.advanceTimersByTime(4 * FIRST_DELAY);
    connect({ type: 'resume', result: 'ok', cursor: 'e:7' });
    store.actions.approve({ toolUseId: 'a' });
    FakeSocket.last.ends();
    expect(refusals.map(({ code }) => code)).toEqual(['not_confirmed']);
  });

  it('is told again what came too late to be looked at, whatever it was', () => {
    connect(...snapshot('e:7'));
    const delta = (seq: number, offset: number) =>
      ({ type: 'text_delta', messageIndex: 1, partIndex: 0, offset, text: 'ab', seq }) as const;
    FakeSocket.last.tells(delta(8, 0), delta(9, 40));
    reconnect();
    expect(FakeSocket.made).toHaveLength(2);
    expect(FakeSocket.last.sent[0]).toMatchObject({ cursor: 'e:7' });
    FakeSocket.last.tells({ type: 'resume', result: 'ok', cursor: 'e:9' }, delta(8, 0), delta(9, 2));
    vi.advanceTimersToNextFrame();
    expect(view()).toMatchObject({ connection: 'live', state: { cursor: 'e:9' } });
    expect(view().state.streaming[1]?.parts[0]?.text).toBe('abab');
  });

  it('comes back from a refusal when the login has not ended, or nobody could say so', async () => {
    const answers = [new Response(null, { status: 503 }), new Response(null, { status: 401 })];
    vi.stubGlobal('fetch', () => Promise.resolve(answers.shift()));
    FakeSocket.last.ends(4001);
    expect(view().connection).toBe('unauthorized');
    await vi.advanceTimersByTimeAsync(FIRST_DELAY);
    expect(FakeSocket.made).toHaveLength(2);
    FakeSocket.last.ends(4001);
    await vi.advanceTimersByTimeAsync(100 * FIRST_DELAY);
    expect(FakeSocket.made).toHaveLength(2);
    expect(view().connection).toBe('unauthorized');
  });

  it('keeps every message until it is told to forget the oldest of very many', async () => {
    pages(range(0, 7_000));
    connect(...[message(7_000), ...snapshot('e:7').slice(1)]);
    expect(await store.actions.loadOlder()).toBe(true);
    FakeSocket.last.tells({ ...message(7_001), seq: 8 } as ServerFrame);
    expect(view().state).toMatchObject({ oldestIndex: 0, messages: { length: 7_002 } });
    store.actions.forgetOlder();
    expect(view().state).toMatchObject({ oldestIndex: 2_002, messages: { length: 5_000 } });
  });

  it('asks once for a subagent that had ended, and again where nobody answered', async () => {
    const told = [
      { type: 'subagent_started', subagentId: 'a', description: 'Look' },
      { type: 'subagent_tool_call', subagentId: 'a', toolUseId: 't', toolName: 'Read', input: {} },
      { type: 'subagent_completed', subagentId: 'a', toolUses: 1 },
    ];
    const answers = [new Response(null, { status: 503 }), Response.json(told)];
    const fetched = vi.fn(() => Promise.resolve(answers.shift() ?? new Response(null, { status: 404 })));
    vi.stubGlobal('fetch', fetched);
    connect(...snapshot('e:7'));
    for (const id of ['a', 'a', 'b', 'b']) {
      store.actions.loadSubagent(id);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(view().state.subagents).toMatchObject({
      a: { calls: [{ toolName: 'Read' }], result: { toolUses: 1 } },
    });
    expect(fetched).toHaveBeenCalledTimes(3);
    reconnect();
    FakeSocket.last.tells({ type: 'resume', result: 'gap', cursor: 'e:7' }, ...snapshot('e:7'));
    expect(view().state.subagents).toHaveProperty('a');
  });

  it('says when no older page came', async () => {
    pages([], []);
    connect(...[message(7), ...snapshot('e:7').slice(1)]);
    expect(await store.actions.loadOlder()).toBe(false);
    expect(view().state.oldestIndex).toBe(7);
  });

  it('goes offline with the device', () => {
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false);
    connect(...snapshot('e:7'));
    expect(view().connection).toBe('live');
    FakeSocket.last.ends();
    expect(view().connection).toBe('offline');
  });
});
