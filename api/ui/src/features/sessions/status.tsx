import { clsx } from 'clsx';

import type { SessionSummary } from '@/api';
import { Badge } from '@/ui';

/** A dot for what goes on by itself; words where a person is wanted. Nothing for what rests. */
export function StatusMark({ session }: { session: Pick<SessionSummary, 'status' | 'hasPendingApproval'> }) {
  if (session.hasPendingApproval || session.status === 'waiting_for_approval') {
    return <Badge tone="warning">Needs you</Badge>;
  }
  if (session.status === 'error') return <Badge tone="danger">Error</Badge>;
  if (session.status === 'interrupted') return <Badge>Interrupted</Badge>;
  if (session.status === 'running' || session.status === 'starting') {
    return (
      <span className="inline-flex items-center gap-1.5 text-xs text-success">
        <span className={clsx('size-2 animate-pulse rounded-full bg-success motion-reduce:animate-none')} />
        {session.status === 'starting' ? 'Starting' : 'Running'}
      </span>
    );
  }
  return null;
}
