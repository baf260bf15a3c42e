import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Frame } from './frames';
import { ANSWER } from './heartbeat';
import { delayAfter, FIRST_DELAY, LONGEST_DELAY, SessionSocket, SILENCE, STALE, type Phase } from './socket';
import { FakeSocket, fakeSockets } from './testing/fake-socket';

let phases: Phase[];
let frames: Frame[];
let socket: SessionSocket;

beforeEach(() => {
  vi.useFakeTimers();
  fakeSockets();
  phases = [];
  frames = [];
  socket = new SessionSocket({
    url: () => 'ws://host/stream',
    subscription: () => ({ cursor: 'e:7' }),
    frame: (frame) => frames.push(frame),
    phase: (phase) => phases.push(phase),
  });
  socket.open();
});

afterEach(() => {
  socket.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a session socket', () => {
  it('says first from where it wants to be told', () => {
    FakeSocket.last.opens();
    expect(FakeSocket.last.sent).toEqual([
      { type: 'subscribe', cursor: 'e:7' },
      { type: 'visibility', visible: true },
    ]);
    expect(phases).toEqual(['connecting', 'open']);
  });

  it('comes back after a while, and after a longer one each time', () => {
    expect(delayAfter(1, 0)).toBe(FIRST_DELAY / 2);
    expect(delayAfter(3, 1)).toBe(FIRST_DELAY * 4);
    expect(delayAfter(50, 1)).toBe(LONGEST_DELAY);
    FakeSocket.last.ends();
    expect(FakeSocket.made).toHaveLength(1);
    vi.advanceTimersByTime(FIRST_DELAY);
    expect(FakeSocket.made).toHaveLength(2);
    expect(phases).toEqual(['connecting', 'waiting', 'connecting']);
  });

  it('comes back at once when the network does', () => {
    FakeSocket.last.ends();
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('does not wait for an attempt that the network or a sleep has cut off', () => {
    window.dispatchEvent(new Event('focus'));
    expect(FakeSocket.made).toHaveLength(1);
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.made).toHaveLength(2);
    vi.advanceTimersByTime(STALE + 1);
    window.dispatchEvent(new Event('focus'));
    expect(FakeSocket.made).toHaveLength(3);
  });

  it('hears nothing more of a connection that it gave up', () => {
    const former = FakeSocket.last;
    former.opens();
    const heard = former.onmessage;
    socket.restart();
    expect(former.onmessage).toBeNull();
    expect(heard).not.toBeNull();
    former.tells({ type: 'ping' });
    expect(frames).toEqual([]);
  });

  it('asks after a sleep whether somebody is there, and goes on when somebody is', () => {
    FakeSocket.last.opens();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.last.kinds()).toContain('ping');
    FakeSocket.last.tells({ type: 'pong' });
    vi.advanceTimersByTime(ANSWER);
    expect(FakeSocket.made).toHaveLength(1);
  });

  it('leaves a connection that does not answer', () => {
    FakeSocket.last.opens();
    vi.advanceTimersByTime(1);
    window.dispatchEvent(new Event('pageshow'));
    vi.advanceTimersByTime(ANSWER);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('asks when the server has been silent for longer than it may be', () => {
    FakeSocket.last.opens();
    vi.advanceTimersByTime(SILENCE - 5_000);
    expect(FakeSocket.last.kinds()).not.toContain('ping');
    vi.advanceTimersByTime(15_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it.each([
    [4001, 'refused'],
    [4004, 'gone'],
  ])('does not come back by itself after %i', (code, phase) => {
    FakeSocket.last.opens();
    FakeSocket.last.ends(code);
    vi.advanceTimersByTime(10 * LONGEST_DELAY);
    expect(FakeSocket.made).toHaveLength(1);
    expect(phases.at(-1)).toBe(phase);
  });

  it('answers pings in their order, and none of a connection that ended', () => {
    const answered: string[] = [];
    FakeSocket.last.opens();
    socket.ping(() => answered.push('first'));
    socket.ping(() => answered.push('second'));
    FakeSocket.last.tells({ type: 'pong' });
    FakeSocket.last.ends();
    vi.advanceTimersByTime(FIRST_DELAY);
    FakeSocket.last.opens();
    FakeSocket.last.tells({ type: 'pong' });
    expect(answered).toEqual(['first']);
  });

  it('tells when nobody sees the page', () => {
    FakeSocket.last.opens();
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'visibility', visible: false });
  });

  it('tells once when nobody reads the session, and on the next connection again', () => {
    FakeSocket.last.opens();
    socket.seen(false);
    socket.seen(false);
    const unseen = { type: 'visibility', visible: false };
    expect(FakeSocket.last.sent.slice(2)).toEqual([unseen]);
    FakeSocket.last.ends();
    vi.advanceTimersByTime(FIRST_DELAY);
    FakeSocket.last.opens();
    expect(FakeSocket.last.sent.at(-1)).toEqual(unseen);
    socket.seen(true);
    expect(FakeSocket.last.sent.at(-1)).toEqual({ type: 'visibility', visible: true });
  });
});
