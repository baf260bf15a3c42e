import { useMutation, useQuery, useQueryClient, type UseMutationOptions } from '@tanstack/react-query';

import { api, data, type ChangeSettings, type UserSettings } from '@/api';
import { toastError } from '@/ui';

export function useSettings() {
  return useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => data(api.GET('/api/settings', { signal })),
  });
}

/**
 * Each change shows at once and is sent after those before it, so that the next one builds on it; at last what the
 * server keeps is shown.
 */
export function useChangeSettings() {
  const queries = useQueryClient();
  const queryKey = ['settings'];
  return useMutation({
    mutationKey: queryKey,
    scope: { id: 'settings' },
    mutationFn: (body: ChangeSettings) => data(api.PATCH('/api/settings', { body })),
    onMutate: async ({ notifications, ...rest }) => {
      queries.setQueryData<UserSettings>(
        queryKey,
        (old) =>
          old && {
            ...old,
            ...rest,
            notifications: { ...old.notifications, ...notifications, apprise: old.notifications.apprise },
          },
      );
      await queries.cancelQueries({ queryKey });
    },
    onError: toastError,
    onSettled: () =>
      queries.isMutating({ mutationKey: queryKey }) === 1 ? queries.invalidateQueries({ queryKey }) : null,
  });
}

export function useConfig() {
  return useQuery({
    queryKey: ['config'],
    queryFn: ({ signal }) => data(api.GET('/api/config', { signal })),
    staleTime: 60_000,
  });
}

export function useWorkspaces() {
  return useQuery({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => data(api.GET('/api/workspaces', { signal })),
    staleTime: 60_000,
  });
}

/** A mutation after which what begins with `key` is asked for anew. Its error is a toast unless `onError` shows it. */
export function useChange<T, V>(
  key: string,
  mutationFn: (value: V) => Promise<T>,
  options: Pick<UseMutationOptions<T, Error, V>, 'onError'> = { onError: toastError },
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    ...options,
    onSettled: () => queries.invalidateQueries({ queryKey: [key] }),
  });
}
