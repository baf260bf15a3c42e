import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, data, type GitStatus } from '@/api';

const AGAIN = 5000; // milliseconds between looks at what agents and terminals change meanwhile
const LOG_PAGE = 50;

export function useRepositories() {
  return useQuery({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => data(api.GET('/api/workspaces', { signal })),
    staleTime: 60_000,
    select: (folders) => folders.filter(({ repository }) => repository),
  });
}

export function useStatus(cwd: string) {
  return useQuery({
    queryKey: ['git', cwd, 'status'],
    queryFn: ({ signal }) => data(api.GET('/api/git/status', { params: { query: { cwd } }, signal })),
    refetchInterval: AGAIN,
  });
}

/** What a diff is of: a file's changes, or all that a commit changed. */
export type DiffOf = { path?: string; staged: boolean } | { commit: string };

export function useDiff(cwd: string, of: DiffOf) {
  return useQuery({
    queryKey: ['git', cwd, 'diff', of],
    queryFn: ({ signal }) => data(api.GET('/api/git/diff', { params: { query: { cwd, ...of } }, signal })),
    ...('commit' in of ? { staleTime: Infinity } : { refetchInterval: AGAIN }),
  });
}

export function useLog(cwd: string) {
  return useInfiniteQuery({
    queryKey: ['git', cwd, 'log'],
    queryFn: ({ pageParam, signal }) => {
      const query = { cwd, limit: LOG_PAGE, ...(pageParam && { cursor: pageParam }) };
      return data(api.GET('/api/git/log', { params: { query }, signal }));
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor,
  });
}

export function useBranches(cwd: string) {
  return useQuery({
    queryKey: ['git', cwd, 'branches'],
    queryFn: ({ signal }) => data(api.GET('/api/git/branches', { params: { query: { cwd } }, signal })),
  });
}

export function useWorktrees(cwd: string) {
  return useQuery({
    queryKey: ['git', cwd, 'worktrees'],
    queryFn: ({ signal }) => data(api.GET('/api/git/worktrees', { params: { query: { cwd } }, signal })),
  });
}

/** Whatever was done to the repository, everything that is known of it is asked for anew. */
function useRefresh(cwd: string) {
  const queries = useQueryClient();
  return (status?: GitStatus) => {
    if (status) queries.setQueryData(['git', cwd, 'status'], status);
    return queries.invalidateQueries({ queryKey: ['git', cwd] });
  };
}

const MOVES = {
  stage: '/api/git/stage',
  unstage: '/api/git/unstage',
  discard: '/api/git/discard',
} as const;

export type Move = keyof typeof MOVES;

export function useMove(cwd: string, move: Move) {
  const refresh = useRefresh(cwd);
  return useMutation({
    mutationFn: (paths: string[]) => data(api.POST(MOVES[move], { body: { cwd, paths } })),
    // Awaited, so that a second click finds the list as it now is.
    onSuccess: (status) => refresh(status),
    onError: () => void refresh(),
  });
}

export function useCommit(cwd: string) {
  const refresh = useRefresh(cwd);
  return useMutation({
    mutationFn: (message: string) => data(api.POST('/api/git/commit', { body: { cwd, message } })),
    onSettled: () => refresh(),
  });
}

export function usePush(cwd: string) {
  const refresh = useRefresh(cwd);
  return useMutation({
    mutationFn: (remote: string | null) =>
      data(api.POST('/api/git/push', { body: { cwd, ...(remote !== null && { remote }) } })),
    onSuccess: () => refresh(),
  });
}

export function useSwitch(cwd: string) {
  const refresh = useRefresh(cwd);
  return useMutation({
    mutationFn: (to: { branch: string; create?: boolean }) =>
      data(api.POST('/api/git/switch', { body: { cwd, ...to } })),
    onSuccess: (status) => refresh(status),
  });
}
