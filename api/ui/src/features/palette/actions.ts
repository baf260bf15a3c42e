/** What can be done from anywhere, by name. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { LogOut, MessageSquarePlus, Monitor, Moon, Sun } from 'lucide-react';
import { useLocation } from 'wouter';

import { api, data, type UserSettings } from '@/api';
import { toastError } from '@/ui';
import type { Choice } from './choices';

export function useActions(): readonly Choice[] {
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const theme = useMutation({
    mutationFn: (theme: UserSettings['theme']) => data(api.PATCH('/api/settings', { body: { theme } })),
    onSuccess: (settings) => queries.setQueryData(['settings'], settings),
    onError: toastError,
  });
  const leave = useMutation({
    mutationFn: () => api.POST('/api/logout'),
    // What is asked for now is refused, and that leads to the login.
    onSuccess: () => queries.invalidateQueries(),
    onError: toastError,
  });
  return [
    { key: 'new', label: 'New session', icon: MessageSquarePlus, run: () => navigate('/new') },
    { key: 'light', label: 'Theme: light', icon: Sun, run: () => theme.mutate('light') },
    { key: 'dark', label: 'Theme: dark', icon: Moon, run: () => theme.mutate('dark') },
    { key: 'system', label: 'Theme: as the system', icon: Monitor, run: () => theme.mutate('system') },
    { key: 'logout', label: 'Log out', icon: LogOut, run: () => leave.mutate() },
  ];
}
