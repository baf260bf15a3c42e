import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, data, type ForkSession, type SessionPage, type UpdateSession } from '@/api';
import { toastError } from '@/ui';
import { queryOf, type Filters } from './filters';
import { merge } from './rows';

const PAGE = 50;
const HEAD = 30;
const AGAIN = 3000; // milliseconds between looks at the newest sessions

async function page(
  filters: Filters,
  limit: number,
  cursor: string | null,
  signal: AbortSignal,
): Promise<SessionPage> {
  const query = { ...queryOf(filters), limit, ...(cursor !== null && { cursor }) };
  // With a limit the answer is a page; the plain array is for clients that ask without.
  return (await data(api.GET('/api/sessions', { params: { query }, signal }))) as SessionPage;
}

/** The list: pages as they are scrolled to, and the newest rows anew every few seconds while somebody looks. */
export function useSessions(filters: Filters) {
  const pages = useInfiniteQuery({
    queryKey: ['sessions', 'pages', filters],
    queryFn: ({ pageParam, signal }) => page(filters, PAGE, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    staleTime: Infinity,
  });
  const head = useQuery({
    queryKey: ['sessions', 'head', filters],
    queryFn: ({ signal }) => page(filters, HEAD, null, signal),
    refetchInterval: AGAIN,
    enabled: pages.isSuccess,
  });
  const sessions = useMemo(
    () => merge(head.data, pages.data?.pages.flatMap((one) => one.items) ?? []),
    [head.data, pages.data],
  );
  return { ...pages, sessions };
}

function useRefresh() {
  const queries = useQueryClient();
  // The lists, and what is known of each one: `['session', id]`.
  return () =>
    queries.invalidateQueries({
      predicate: ({ queryKey: [first] }) => first === 'sessions' || first === 'session',
    });
}

export function useUpdateSession() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: ({ id, ...body }: UpdateSession & { id: string }) =>
      data(api.PATCH('/api/sessions/{session_id}', { params: { path: { session_id: id } }, body })),
    onSuccess,
    onError: toastError,
  });
}

export function useDeleteSession() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: ({ id, transcript }: { id: string; transcript: boolean }) =>
      api.DELETE('/api/sessions/{session_id}', {
        params: { path: { session_id: id }, query: { transcript } },
      }),
    onSuccess,
    onError: toastError,
  });
}

export function useForkSession() {
  const onSuccess = useRefresh();
  return useMutation({
    mutationFn: ({ id, ...body }: ForkSession & { id: string }) =>
      data(api.POST('/api/sessions/{session_id}/fork', { params: { path: { session_id: id } }, body })),
    onSuccess,
    onError: toastError,
  });
}
