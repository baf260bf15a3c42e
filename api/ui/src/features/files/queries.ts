import { notifyManager, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { api, data, type FileContent } from '@/api';
import { toastError } from '@/ui';
import { settleDraft } from './drafts';

const AGAIN = 5000; // milliseconds between looks at what agents and terminals change meanwhile

export function useFolder(path: string) {
  return useQuery({
    queryKey: ['files', 'folder', path],
    queryFn: ({ signal }) =>
      data(api.GET('/api/browse', { params: { query: { path, files: true } }, signal })),
    refetchInterval: AGAIN,
  });
}

export function useFile(path: string) {
  return useQuery({
    queryKey: ['files', 'file', path],
    queryFn: ({ signal }) => data(api.GET('/api/files', { params: { query: { path } }, signal })),
    refetchOnWindowFocus: true,
    gcTime: 0,
  });
}

/** `etag` is that of the version to write over; null writes over whatever is there. */
export function useSave(path: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ content, etag }: { content: string; etag: string | null }) =>
      data(
        api.PUT('/api/files', {
          params: { query: { path }, ...(etag !== null && { header: { 'If-Match': etag } }) },
          body: { content },
        }),
      ),
    onSuccess: (written, { content }) => {
      // In one batch, so that no view ever shows the old file without the draft, which would undo what is typed.
      notifyManager.batch(() => {
        queries.setQueryData(['files', 'file', path], (before?: FileContent) =>
          before ? { ...before, ...written, content } : before,
        );
        notifyManager.schedule(() => settleDraft(path, content, written.etag));
      });
      void queries.invalidateQueries({ queryKey: ['files', 'folder'] });
    },
  });
}

function useFoldersAnew() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['files', 'folder'] });
}

export function useCreateFile() {
  const onSuccess = useFoldersAnew();
  return useMutation({
    mutationFn: (path: string) =>
      data(
        api.PUT('/api/files', {
          params: { query: { path }, header: { 'If-None-Match': '*' } },
          body: { content: '' },
        }),
      ),
    onSuccess,
  });
}

export function useCreateFolder() {
  const onSuccess = useFoldersAnew();
  return useMutation({
    mutationFn: (path: string) => data(api.POST('/api/files/folder', { body: { path } })),
    onSuccess,
  });
}

export function useMove() {
  const onSuccess = useFoldersAnew();
  return useMutation({
    mutationFn: (body: { source: string; target: string }) => data(api.POST('/api/files/move', { body })),
    onSuccess,
  });
}

export function useDelete() {
  const onSuccess = useFoldersAnew();
  return useMutation({
    mutationFn: ({ path, recursive }: { path: string; recursive: boolean }) =>
      api.DELETE('/api/files', { params: { query: { path, recursive } } }),
    onSuccess,
    onError: toastError,
  });
}

export function useReread(path: string) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['files', 'file', path] });
}
