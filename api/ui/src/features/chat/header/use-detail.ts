import { useQuery } from '@tanstack/react-query';

import { api, data } from '@/api';

const AGAIN = 10_000; // milliseconds; a title may come later, and from elsewhere

/** What the stream does not tell: the title, the folder. */
export function useDetail(id: string) {
  return useQuery({
    queryKey: ['session', id],
    queryFn: ({ signal }) =>
      data(api.GET('/api/sessions/{session_id}', { params: { path: { session_id: id } }, signal })),
    refetchInterval: AGAIN,
  });
}
