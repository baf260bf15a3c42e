import { clsx } from 'clsx';

import { useConnection, useSession, type Connection } from '@/stream';
import type { SessionStatus } from '@/api';

const CONNECTIONS: Record<Exclude<Connection, 'live'>, string> = {
  connecting: 'Connecting',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  unauthorized: 'Logged out',
  closed: 'Not connected',
};

const STATUSES: Record<SessionStatus, { text: string; look: string }> = {
  idle: { text: 'Idle', look: 'bg-border-strong' },
  starting: { text: 'Starting', look: 'bg-info animate-pulse motion-reduce:animate-none' },
  running: { text: 'Working', look: 'bg-success animate-pulse motion-reduce:animate-none' },
  waiting_for_approval: { text: 'Needs you', look: 'bg-warning' },
  completed: { text: 'Done', look: 'bg-success' },
  interrupted: { text: 'Interrupted', look: 'bg-border-strong' },
  error: { text: 'Error', look: 'bg-danger' },
  history: { text: 'Resumes with a prompt', look: 'bg-border-strong' },
};

/** What the session does, if that is known: without a connection, only that there is none. */
export function ConnectionMark({ id }: { id: string }) {
  const connection = useConnection(id);
  const loaded = useSession(id, (state) => state.loaded);
  const status = useSession(id, (state) => state.status);
  const inTerminal = useSession(id, (state) => state.source === 'cli');
  const { text, look } =
    connection !== 'live'
      ? { text: CONNECTIONS[connection], look: 'bg-warning animate-pulse motion-reduce:animate-none' }
      : loaded
        ? STATUSES[status]
        : { text: 'Loading', look: 'bg-border-strong' };
  return (
    <span
      role="status"
      aria-label="Status"
      className="inline-flex shrink-0 items-center gap-1.5 text-xs text-muted"
    >
      <span aria-hidden className={clsx('size-2 rounded-full', look)} />
      {text}
      {connection === 'live' && inTerminal && ' in a terminal'}
    </span>
  );
}
