/** Sessions, newest first, under the names of their days. Only the rows in sight are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { MessagesSquare, SearchX } from 'lucide-react';
import { useEffect, useMemo, useRef } from 'react';
import { useParams } from 'wouter';

import { Empty, ErrorState, Skeleton } from '@/ui';
import { isFiltered, type Filters } from './filters';
import { useSessions } from './queries';
import { rows } from './rows';
import { SessionRow } from './session-row';

const HEIGHT = { day: 36, session: 66 };

export function SessionList({ filters }: { filters: Filters }) {
  const list = useSessions(filters);
  const { id } = useParams<{ id?: string }>();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => rows(list.sessions), [list.sessions]);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing that this gives is passed to a memoised part
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHT[shown[index]?.kind ?? 'session'],
    getItemKey: (index) => shown[index]?.key ?? index,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const atEnd = (items.at(-1)?.index ?? 0) >= shown.length - 10;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (atEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [atEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (list.isPending) return <Skeleton />;
  if (list.isError) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (shown.length === 0) return <Nothing filtered={isFiltered(filters)} />;
  return (
    <div ref={scroller} className="h-full overflow-y-auto pb-4">
      <ul aria-label="Sessions" className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = shown[item.index];
          if (!row) return null;
          return (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {row.kind === 'day' ? (
                <h2 className="px-5 pt-4 pb-1 text-xs font-semibold tracking-wide text-muted">{row.name}</h2>
              ) : (
                <SessionRow session={row.session} current={row.session.id === id} />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return filtered ? (
    <Empty icon={<SearchX aria-hidden />} title="No session matches">
      Try other words, or fewer filters.
    </Empty>
  ) : (
    <Empty icon={<MessagesSquare aria-hidden />} title="No sessions yet">
      Start one here, or run <code className="font-mono text-sm">claude</code> in a terminal: it appears in
      this list.
    </Empty>
  );
}
