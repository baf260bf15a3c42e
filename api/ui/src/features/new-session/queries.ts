import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, data, type CreateSession } from '@/api';

export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => data(api.GET('/api/config', { signal })),
    staleTime: 60_000,
  });
}

export function useSettings() {
  return useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => data(api.GET('/api/settings', { signal })),
  });
}

export function useWorkspaces() {
  return useQuery({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => data(api.GET('/api/workspaces', { signal })),
    staleTime: 60_000,
  });
}

export function useFolder(path: string) {
  return useQuery({
    queryKey: ['browse', path],
    queryFn: ({ signal }) => data(api.GET('/api/browse', { params: { query: { path } }, signal })),
  });
}

export function useCreateFolder() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (path: string) => data(api.POST('/api/files/folder', { body: { path } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['browse'] }),
  });
}

export function useCreateSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateSession) => data(api.POST('/api/sessions', { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
}
