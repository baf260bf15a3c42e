/** Who did what on this workstation. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { RefreshCw } from 'lucide-react';

import { api, data } from '@/api';
import { Badge, Button, ErrorState, IconButton, Skeleton } from '@/ui';
import { Group, Rows, RowText } from './parts';
import { moment } from './words';

export function Activity() {
  const log = useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/audit', {
          params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  if (log.isPending) return <Skeleton className="px-0" />;
  if (log.isError) return <ErrorState error={log.error} onRetry={() => void log.refetch()} />;
  return (
    <Group
      title="Activity"
      about="Every change by anybody, newest first. Contents and secrets are not in it."
      actions={
        <IconButton label="Look again" onClick={() => void log.refetch()}>
          <RefreshCw aria-hidden />
        </IconButton>
      }
    >
      <Rows
        label="Activity"
        items={log.data.pages.flatMap((page) => page.items)}
        keyOf={({ id }) => String(id)}
        empty="Nothing was changed yet."
      >
        {(entry) => (
          <>
            <RowText title={entry.action}>
              {entry.target && <span className="block truncate">{entry.target}</span>}
              {entry.actor} from {entry.client}, {moment(entry.at)}
            </RowText>
            {entry.status !== null && entry.status >= 400 && <Badge tone="danger">{entry.status}</Badge>}
          </>
        )}
      </Rows>
      {log.hasNextPage && (
        <Button look="ghost" busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          More
        </Button>
      )}
    </Group>
  );
}
