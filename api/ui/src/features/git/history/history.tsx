/** Commits of what is checked out, newest first, under the names of their days. */
import { History as Clock } from 'lucide-react';
import { Link } from 'wouter';

import type { GitLogEntry } from '@/api';
import { dayName, shortTime } from '@/lib/time';
import { Badge, Button, Empty, ErrorState, Skeleton } from '@/ui';
import { hrefOf, type Place } from '../place';
import { useLog } from '../queries';

export function History({ place }: { place: Place }) {
  const log = useLog(place.cwd);
  if (log.isPending) return <Skeleton />;
  if (log.isError) return <ErrorState error={log.error} onRetry={() => void log.refetch()} />;
  const entries = log.data.pages.flatMap(({ items }) => items);
  if (entries.length === 0) {
    return (
      <Empty icon={<Clock aria-hidden />} title="No commits yet">
        Stage files and commit them: the history begins there.
      </Empty>
    );
  }
  return (
    <div className="min-h-0 grow overflow-y-auto py-2">
      <ul aria-label="Commits">
        {entries.map((entry) => (
          // Rows out of sight cost no layout, however long the history is.
          <li key={entry.commit} className="[contain-intrinsic-size:auto_3.5rem] [content-visibility:auto]">
            <Entry entry={entry} place={place} />
          </li>
        ))}
      </ul>
      {log.hasNextPage && (
        <div className="px-2">
          <Button
            look="ghost"
            className="w-full"
            busy={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
          >
            Older commits
          </Button>
        </div>
      )}
    </div>
  );
}

function Entry({ entry, place }: { entry: GitLogEntry; place: Place }) {
  const { commit, subject, authorName, authoredAt, refs, parents } = entry;
  return (
    <Link
      href={hrefOf({ cwd: place.cwd, tab: 'history', commit })}
      aria-current={place.commit === commit ? 'page' : undefined}
      className="mx-2 block rounded-md px-3 py-2 hover:bg-hover aria-[current]:bg-accent-soft"
    >
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 grow truncate">{subject || 'No message'}</span>
        <span className="shrink-0 font-mono text-xs text-muted">{commit.slice(0, 7)}</span>
      </span>
      <span className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
        <span className="max-w-40 truncate">{authorName}</span>
        <span>
          {dayName(authoredAt)}, {shortTime(authoredAt)}
        </span>
        {parents.length > 1 && <Badge>Merge</Badge>}
        {refs.map((ref) => (
          <Badge key={ref} tone={ref.startsWith('tag: ') ? 'warning' : 'info'}>
            <span className="max-w-48 truncate">{ref.replace(/^(tag: |HEAD -> )/, '')}</span>
          </Badge>
        ))}
      </span>
    </Link>
  );
}
