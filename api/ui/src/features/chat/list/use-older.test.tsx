import 'fake-indexeddb/auto';
import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { FakeSocket, fakeSockets } from '@/stream/testing/fake-socket';
import { useOlder } from './use-older';

let asked: number;
let messages: object[] | null;

beforeEach(() => {
  asked = 0;
  messages = null;
  fakeSockets();
  vi.stubGlobal('fetch', () => {
    asked += 1;
    return messages ? Promise.resolve(Response.json({ messages })) : Promise.reject(new TypeError('offline'));
  });
});

afterEach(() => vi.unstubAllGlobals());

function connect(): void {
  act(() => {
    FakeSocket.last.opens();
    FakeSocket.last.tells(
      { type: 'message', message: { role: 'user', index: 50, parts: [] } },
      { type: 'replay_complete', totalMessages: 51, oldestIndex: 50, cursor: 'e:1' },
      { type: 'status', status: 'completed' },
      { type: 'queue', items: [], paused: false },
    );
  });
}

it('asks once for a page that does not come, and again when somebody wants that', async () => {
  const { result } = renderHook(() => useOlder('one'));
  connect();
  act(() => result.current.load());
  await waitFor(() => expect(result.current).toMatchObject({ failed: true, loading: false }));
  act(() => result.current.load());
  act(() => result.current.load());
  expect(asked).toBe(1);
  messages = [{ role: 'user', index: 49, parts: [] }];
  act(() => result.current.retry());
  await waitFor(() => expect(result.current).toMatchObject({ failed: false, loading: false }));
  act(() => result.current.load());
  expect(asked).toBe(3);
});

it('asks again by itself when the connection is back', async () => {
  const { result } = renderHook(() => useOlder('two'));
  connect();
  act(() => FakeSocket.last.ends());
  act(() => result.current.load());
  await waitFor(() => expect(result.current.failed).toBe(true));
  await waitFor(() => expect(FakeSocket.made).toHaveLength(2));
  connect();
  expect(result.current.failed).toBe(false);
  act(() => result.current.load());
  expect(asked).toBe(2);
});
