import { QueryClient } from '@tanstack/react-query';

import { ApiError } from '@/api';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A workstation can be reached also where the browser knows of no internet.
      networkMode: 'always',
      // What the server refuses it refuses again; a connection comes back.
      retry: (failures, error) =>
        failures < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
    mutations: { networkMode: 'always' },
  },
});
