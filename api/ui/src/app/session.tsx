import { useQueryClient } from '@tanstack/react-query';
import { useEffect, type ReactNode } from 'react';
import { useLocation } from 'wouter';

import { onLoggedOut } from '@/api';

/** Leads to the login when the server does not know this browser (any more), and back afterwards. */
export function Session({ children }: { children: ReactNode }) {
  const [location, navigate] = useLocation();
  const queries = useQueryClient();
  useEffect(
    () =>
      onLoggedOut(() => {
        if (location === '/login') return;
        queries.clear();
        navigate(`/login?next=${encodeURIComponent(location + window.location.search)}`, { replace: true });
      }),
    [location, navigate, queries],
  );
  return children;
}
