import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

import { api, data, type RateLimit } from '@/api';
import { useSession } from '@/stream';

const KEY = ['rate-limits'];

/**
 * The limits of the account, whichever session told of them: as the workstation knows them, and at once where this
 * session is the one that tells.
 */
export function useLimits(id: string): readonly RateLimit[] {
  const queries = useQueryClient();
  const told = useSession(id, (state) => state.rateLimits);
  const limits = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }): Promise<RateLimit[]> =>
      (await data(api.GET('/api/rate-limits', { signal }))) ?? [],
    refetchInterval: 60_000,
  });
  useEffect(() => {
    const news = Object.values(told).filter(counts);
    if (news.length > 0)
      queries.setQueryData<RateLimit[]>(KEY, (former = []) => [
        ...former.filter(({ kind }) => !news.some((limit) => limit.kind === kind)),
        ...news,
      ]);
  }, [queries, told]);
  return limits.data ?? NONE;
}

const NONE: readonly RateLimit[] = [];

/** Whether its window has not begun anew. */
function counts({ resetsAt }: RateLimit): boolean {
  return resetsAt == null || Date.parse(resetsAt) > Date.now();
}
