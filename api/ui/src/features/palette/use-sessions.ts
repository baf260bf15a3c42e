import { useQuery } from '@tanstack/react-query';
import { MessageSquare } from 'lucide-react';
import { useLocation } from 'wouter';

import { api, data, type SessionPage } from '@/api';
import { titleOf } from '@/features/sessions';
import { useDebounced } from '@/lib/debounce';
import { baseName } from '@/lib/format';
import { matching, type Choice } from './choices';

const MOST = 20;
const PATIENCE = 150; // milliseconds after the last letter

/** Sessions that have the words. `settled` is false while the server is still to say which. */
export function useSessions(words: string): { choices: readonly Choice[]; settled: boolean } {
  const [, navigate] = useLocation();
  const q = useDebounced(words, PATIENCE);
  const found = useQuery({
    queryKey: ['sessions', 'palette', q],
    queryFn: async ({ signal }) =>
      (await data(
        api.GET('/api/sessions', { params: { query: { limit: MOST, ...(q && { q }) } }, signal }),
      )) as SessionPage,
    placeholderData: (before) => before,
  });
  const choices = (found.data?.items ?? []).map((session) => ({
    key: session.id,
    label: titleOf(session),
    about: baseName(session.cwd),
    icon: MessageSquare,
    run: () => navigate(`/sessions/${session.id}`),
  }));
  const settled = q === words && !found.isPlaceholderData && !found.isPending;
  // What is there until then was found for other words.
  return { choices: settled ? choices : matching(choices, words), settled };
}
