import 'fake-indexeddb/auto';
import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FakeSocket, fakeSockets } from '@/stream/testing/fake-socket';
import type { Row } from '../rows';
import { useJump } from './use-jump';

const ROWS: readonly Row[] = [
  { kind: 'event', key: '50', index: 50, event: { type: 'status', text: 'fifty' } },
  { kind: 'event', key: '51', index: 51, event: { type: 'status', text: 'fifty-one' } },
];

let asked: number;

beforeEach(() => {
  asked = 0;
  fakeSockets();
  vi.stubGlobal('fetch', () => {
    asked += 1;
    return Promise.resolve(Response.json({ messages: [] }));
  });
});

afterEach(() => vi.unstubAllGlobals());

it('leads to the oldest message that there is where no older page comes', async () => {
  const show = vi.fn();
  const { result } = renderHook(() => useJump('one', 3, ROWS, show));
  act(() => {
    FakeSocket.last.opens();
    FakeSocket.last.tells(
      { type: 'message', message: { role: 'user', index: 50, parts: [] } },
      { type: 'replay_complete', totalMessages: 52, oldestIndex: 50, cursor: 'e:1' },
      { type: 'status', status: 'completed' },
      { type: 'queue', items: [], paused: false },
    );
  });
  expect(result.current).toMatchObject({ seeking: true, loading: true });
  await waitFor(() => expect(result.current).toEqual({ seeking: false, loading: false, marked: '50' }));
  expect(show).toHaveBeenCalledWith(0);
  expect(asked).toBe(1);
});
