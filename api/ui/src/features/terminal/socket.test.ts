import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { FakeSocket, fakeSockets } from '@/stream/testing/fake-socket';
import { SILENCE, TerminalSocket, type Phase } from './socket';

const ANSWER = 4_000;

let phases: Phase[];
let shown: string[];
let terminal: TerminalSocket;

beforeEach(() => {
  vi.useFakeTimers();
  fakeSockets();
  phases = [];
  shown = [];
  terminal = new TerminalSocket(
    { id: null, shell: null, cwd: null },
    {
      size: () => ({ cols: 80, rows: 24 }),
      attached: () => undefined,
      output: (data) => shown.push(data),
      phase: (phase) => phases.push(phase),
    },
  );
});

afterEach(() => {
  terminal.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function attach(): void {
  FakeSocket.last.opens();
  FakeSocket.last.tells({ type: 'attached', sessionId: 't', fresh: true });
}

describe('a terminal socket', () => {
  it('leaves a connection that is silent and does not answer, and comes back to its terminal', () => {
    attach();
    vi.advanceTimersByTime(SILENCE + 6_000);
    expect(FakeSocket.last.kinds()).toEqual(['attach', 'ping']);
    vi.advanceTimersByTime(ANSWER);
    expect(FakeSocket.made).toHaveLength(2);
    FakeSocket.last.opens();
    expect(FakeSocket.last.sent[0]).toMatchObject({ type: 'attach', sessionId: 't' });
    expect(phases).toEqual(['connecting', 'open', 'connecting']);
  });

  it('stays while it is answered', () => {
    attach();
    const pings = () => FakeSocket.last.kinds().filter((kind) => kind === 'ping').length;
    for (let answered = 0; answered < 5; answered++) {
      while (pings() === answered) vi.advanceTimersByTime(1_000);
      FakeSocket.last.tells(answered % 2 ? { type: 'output', data: '.' } : { type: 'pong' });
    }
    expect(FakeSocket.made).toHaveLength(1);
    expect(shown).toHaveLength(2);
  });

  it('asks when the device wakes up, and connects at once where it was not connected', () => {
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.made).toHaveLength(2);
    attach();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.last.kinds()).toEqual(['attach', 'ping']);
    vi.advanceTimersByTime(ANSWER);
    expect(FakeSocket.made).toHaveLength(3);
  });

  it('is not asked before there is a terminal', () => {
    FakeSocket.last.opens();
    vi.advanceTimersByTime(10 * SILENCE);
    expect(FakeSocket.last.kinds()).toEqual(['attach']);
  });
});
