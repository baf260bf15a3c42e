import 'fake-indexeddb/auto';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { RateLimit } from '@/api';
import { FakeSocket, fakeSockets } from '@/stream/testing/fake-socket';
import { useLimits } from './use-limits';

const limit = (kind: string, status: RateLimit['status'], resetsAt: string): RateLimit => ({
  type: 'rate_limit',
  kind,
  status,
  resetsAt,
});

beforeEach(() => {
  fakeSockets();
  vi.stubGlobal('fetch', () =>
    Promise.resolve(Response.json([limit('five_hour', 'allowed', '2126-01-01T00:00:00.000Z')])),
  );
});

afterEach(() => vi.unstubAllGlobals());

it('has what the workstation knows and what the session tells, the newest of each kind', async () => {
  const queries = new QueryClient();
  const { result } = renderHook(() => useLimits('one'), {
    wrapper: ({ children }) => <QueryClientProvider client={queries}>{children}</QueryClientProvider>,
  });
  await waitFor(() => expect(result.current).toMatchObject([{ kind: 'five_hour', status: 'allowed' }]));
  act(() => {
    FakeSocket.last.opens();
    FakeSocket.last.tells(
      { type: 'replay_complete', totalMessages: 0, oldestIndex: null, cursor: 'e:0' },
      { type: 'queue', items: [], paused: false },
      { ...limit('five_hour', 'rejected', '2126-01-01T00:00:00.000Z'), seq: 1 },
      { ...limit('seven_day', 'rejected', '2001-01-01T00:00:00.000Z'), seq: 2 },
    );
  });
  await waitFor(() => expect(result.current).toMatchObject([{ kind: 'five_hour', status: 'rejected' }]));
  expect(result.current).toHaveLength(1);
});
