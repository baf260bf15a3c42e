import { useQueryClient, type Query } from '@tanstack/react-query';
import { useCallback, useEffect, useSyncExternalStore } from 'react';

import { ApiError } from '@/api';

const AGAIN = 3000; // milliseconds

/**
 * Whether what is on the screen could not be asked for. The browser's own `onLine` says nothing of it: a workstation
 * can be reached without the internet, and the internet be there without the workstation. Once the workstation
 * answers again, what was missed is asked for anew.
 */
export function useUnreachable(): boolean {
  const queries = useQueryClient();
  const cache = queries.getQueryCache();
  const subscribe = useCallback((changed: () => void) => cache.subscribe(changed), [cache]);
  const unreachable = useSyncExternalStore(subscribe, () => cache.getAll().some(missed));
  useEffect(() => {
    if (!unreachable) return;
    const timer = setInterval(() => {
      const back = () => queries.refetchQueries({ predicate: missed });
      fetch('/healthz', { cache: 'no-store' }).then(back, () => undefined);
    }, AGAIN);
    return () => clearInterval(timer);
  }, [queries, unreachable]);
  return unreachable;
}

function missed(query: Query): boolean {
  const reason = query.state.fetchFailureReason;
  return query.isActive() && reason instanceof ApiError && reason.status === 0;
}
