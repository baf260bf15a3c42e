import { beforeEach, describe, expect, it } from 'vitest';

import type { Prompt, SessionStatus } from '@/api';
import { Outbox } from './outbox';
import type { PromptShelf } from './shelf';
import { initialState, type PendingPrompt } from './state';

let live: boolean;
let keeps: boolean;
let status: SessionStatus;
let sent: Pick<Prompt, 'text' | 'mode' | 'clientId'>[];
let pongs: (() => void)[];
let shown: readonly PendingPrompt[];
let kept: Map<string, PendingPrompt>;
let outbox: Outbox;

function newOutbox(): Outbox {
  const shelf: PromptShelf = {
    load: () => Promise.resolve([...kept.values()]),
    put: (prompt) => {
      if (keeps) kept.set(prompt.clientId, prompt);
      return Promise.resolve(keeps);
    },
    remove: (clientId) => Promise.resolve(void kept.delete(clientId)),
  };
  return new Outbox(
    {
      live: () => live,
      state: () => ({ ...initialState('one'), status }),
      send: ({ text, mode, clientId }) => sent.push({ text, mode, clientId }) > 0,
      ping: (answered) => pongs.push(answered),
      show: (prompts) => (shown = prompts),
    },
    shelf,
  );
}

beforeEach(() => {
  live = true;
  keeps = true;
  status = 'idle';
  sent = [];
  pongs = [];
  shown = [];
  kept = new Map();
  outbox = newOutbox();
});

const tell = (next: SessionStatus) => {
  status = next;
  outbox.observe({ type: 'status', status: next });
};

const said = (clientId: string) =>
  outbox.observe({ type: 'message', message: { role: 'user', index: 0, parts: [], clientId } });

describe('the outbox', () => {
  it('sends at once, and lets go when the server tells of it', () => {
    outbox.add('Hello', {}, 'a');
    expect(sent).toEqual([{ text: 'Hello', mode: 'send', clientId: 'a' }]);
    expect(shown).toMatchObject([{ clientId: 'a', state: 'sent' }]);
    expect(kept.has('a')).toBe(true);
    said('a');
    expect(shown).toEqual([]);
    expect(kept.size).toBe(0);
  });

  it('keeps what is typed without a connection, and sends it in order, one after the other', () => {
    live = false;
    outbox.add('One', {}, 'a');
    outbox.add('Two', {}, 'b');
    expect(sent).toEqual([]);
    expect(shown.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    live = true;
    outbox.flush();
    outbox.flush();
    expect(sent.map(({ text }) => text)).toEqual(['One']);
    tell('starting');
    pongs[0]?.();
    expect(sent.map(({ text, mode }) => [text, mode])).toEqual([
      ['One', 'send'],
      ['Two', 'queue'],
    ]);
    outbox.observe({ type: 'queue', items: [{ id: 'q', text: 'Two', clientId: 'b' }], paused: false });
    said('a');
    expect(shown).toEqual([]);
  });

  it.each([true, false])('says whether the device keeps it: %s', async (wanted) => {
    live = false;
    keeps = wanted;
    outbox.add('One', {}, 'a');
    expect(shown).toMatchObject([{ kept: false }]); // not yet
    await Promise.resolve();
    expect(shown).toMatchObject([{ kept: wanted, state: 'waiting' }]);
  });

  it('sends again, under the same name, what was not confirmed when the connection ended', () => {
    outbox.add('Hello', {}, 'a');
    outbox.cut();
    expect(shown).toMatchObject([{ state: 'waiting' }]);
    outbox.flush();
    expect(sent.map(({ clientId }) => clientId)).toEqual(['a', 'a']);
  });

  it('lets go of what the server has had before', () => {
    outbox.add('Hello', {}, 'a');
    pongs[0]?.(); // and no turn began
    expect(shown).toEqual([]);
  });

  it('holds on to what a running turn has taken until that turn ends', () => {
    tell('running');
    outbox.add('Left', { mode: 'steer' }, 'a');
    pongs[0]?.();
    expect(shown).toHaveLength(1);
    tell('completed');
    expect(shown).toEqual([]);
  });

  it('queues what came into a turn', () => {
    outbox.add('Hello', {}, 'a');
    outbox.observe({ type: 'error', code: 'session_busy', error: 'a turn runs', clientId: 'a' });
    expect(sent.map(({ mode }) => mode)).toEqual(['send', 'queue']);
  });

  it('keeps what was refused, with the reason, until it is sent again or discarded', async () => {
    outbox.add('Hello', {}, 'a');
    outbox.observe({ type: 'error', code: 'unavailable', error: 'Claude Code is not there', clientId: 'a' });
    expect(shown).toMatchObject([{ state: 'failed', error: 'Claude Code is not there' }]);
    pongs[0]?.();
    expect(shown).toHaveLength(1);

    const later = newOutbox();
    await later.load();
    expect(shown).toMatchObject([{ state: 'failed' }]);
    expect(sent).toHaveLength(1);
    later.retry('a');
    expect(sent).toHaveLength(2);
    later.discard('a');
    expect([shown, kept.size]).toEqual([[], 0]);
  });

  it('goes on with the next when one was refused', () => {
    outbox.add('One', {}, 'a');
    outbox.add('Two', {}, 'b');
    outbox.observe({ type: 'error', code: 'empty', error: 'The prompt is empty', clientId: 'a' });
    expect(sent.map(({ clientId }) => clientId)).toEqual(['a', 'b']);
  });
});
