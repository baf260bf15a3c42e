import { useQuery } from '@tanstack/react-query';

import { api, data, type RateLimit } from '@/api';
import type { Range } from './days';

export function useUsage({ from, to }: Range) {
  return useQuery({
    queryKey: ['usage', from, to],
    queryFn: ({ signal }) => data(api.GET('/api/usage', { params: { query: { from, to } }, signal })),
    // Another range keeps the page as it is until its numbers are there.
    placeholderData: (before) => before,
    refetchInterval: 60_000,
  });
}

export function useRateLimits() {
  return useQuery({
    queryKey: ['rate-limits'],
    queryFn: async ({ signal }): Promise<RateLimit[]> =>
      (await data(api.GET('/api/rate-limits', { signal }))) ?? [],
    refetchInterval: 60_000,
  });
}
