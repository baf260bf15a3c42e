import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, data, type Effort } from '@/api';
import { useDebounced } from '@/lib/debounce';
import { toastError } from '@/ui';

export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => data(api.GET('/api/config', { signal })),
    staleTime: 60_000,
  });
}

/** What the stream does not tell: the folder, the effort. */
export function useDetail(id: string) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: ({ signal }) =>
      data(api.GET('/api/sessions/{session_id}', { params: { path: { session_id: id } }, signal })),
  });
}

export function useSetEffort(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (effort: Effort | null) =>
      data(
        api.PATCH('/api/sessions/{session_id}', { params: { path: { session_id: id } }, body: { effort } }),
      ),
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['session', id] }),
  });
}

/** Files below `cwd` that `query` may mean; nothing while it is null. */
export function useFiles(cwd: string | undefined, query: string | null) {
  const settled = useDebounced(query, 120);
  return useQuery({
    queryKey: ['files', 'find', cwd, settled],
    queryFn: ({ signal }) =>
      data(
        api.GET('/api/files/find', {
          params: { query: { q: settled ?? '', cwd: cwd ?? '', limit: 20 } },
          signal,
        }),
      ),
    enabled: query !== null && settled !== null && cwd !== undefined,
    placeholderData: (former) => former,
    retry: false,
  });
}
