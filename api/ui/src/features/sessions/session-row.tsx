import { GitBranch } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';

import type { SessionSummary } from '@/api';
import { baseName, cost } from '@/lib/format';
import { shortTime } from '@/lib/time';
import { titleOf } from './rows';
import { SessionMenu } from './session-menu';
import { StatusMark } from './status';

export const SessionRow = memo(function SessionRow({
  session,
  current,
}: {
  session: SessionSummary;
  current: boolean;
}) {
  const spent = cost(session.totalCostUsd);
  return (
    <div className="group relative mx-2 flex items-start rounded-md hover:bg-hover has-[[aria-current]]:bg-accent-soft">
      <Link
        href={`/sessions/${session.id}`}
        aria-current={current ? 'page' : undefined}
        className="min-w-0 grow rounded-md px-3 py-2.5"
      >
        <span className="flex items-center gap-2">
          <span className="min-w-0 grow truncate font-medium">{titleOf(session)}</span>
          <StatusMark session={session} />
        </span>
        <span className="mt-0.5 flex items-center gap-x-2 overflow-hidden text-sm whitespace-nowrap text-muted">
          <span>{shortTime(session.lastModified)}</span>
          <span className="truncate" title={session.cwd}>
            {baseName(session.cwd)}
          </span>
          {session.gitBranch && (
            <span className="inline-flex min-w-0 items-center gap-1">
              <GitBranch aria-hidden className="size-3.5 shrink-0" />
              <span className="truncate">{session.gitBranch}</span>
            </span>
          )}
          {session.tags.map((tag) => (
            <span key={tag} className="rounded-full bg-sunken px-2 text-xs">
              {tag}
            </span>
          ))}
          {spent && <span className="ml-auto pl-2 tabular-nums">{spent}</span>}
        </span>
      </Link>
      <div className="py-2 pr-1">
        <SessionMenu session={session} />
      </div>
    </div>
  );
});
