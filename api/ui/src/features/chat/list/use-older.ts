import { useCallback, useRef, useState } from 'react';

import { useConnection, useSession, useSessionActions } from '@/stream';

interface Older {
  /** Asks for the page before the oldest message, unless one is on its way or did not come. */
  readonly load: () => void;
  readonly loading: boolean;
  readonly failed: boolean;
  /** Asks again after a failure. */
  readonly retry: () => void;
}

/** The pages before the oldest message, one at a time. What failed without a connection is tried again with one. */
export function useOlder(id: string): Older {
  const actions = useSessionActions(id);
  const more = useSession(id, ({ oldestIndex }) => (oldestIndex ?? 0) > 0);
  const live = useConnection(id) === 'live';
  const [loading, setLoading] = useState(false);
  const [failure, setFailure] = useState<'live' | 'cut' | null>(null);
  const busy = useRef(false);
  const failed = failure === 'live' || (failure === 'cut' && !live);
  const retry = useCallback(() => {
    if (busy.current || !more) return;
    busy.current = true;
    setLoading(true);
    setFailure(null);
    void actions
      .loadOlder()
      .catch(() => false)
      .then((came) => {
        busy.current = false;
        setLoading(false);
        if (!came) setFailure(live ? 'live' : 'cut');
      });
  }, [more, live, actions]);
  const load = useCallback(() => {
    if (!failed) retry();
  }, [failed, retry]);
  return { load, loading, failed, retry };
}
