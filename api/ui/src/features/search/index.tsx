/** Messages that have the words, wherever they were said. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { SearchX } from 'lucide-react';
import { Link } from 'wouter';

import { api, data, type SearchHit } from '@/api';
import { titleOf } from '@/features/sessions';
import { dayName } from '@/lib/time';
import { Button, Empty, ErrorState, Skeleton } from '@/ui';
import { pieces } from './pieces';

export default function SearchHits({ q }: { q: string }) {
  const search = useInfiniteQuery({
    queryKey: ['search', q],
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/search', { params: { query: { q, ...(pageParam && { cursor: pageParam }) } }, signal }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  if (search.isPending) return <Skeleton />;
  if (search.isError) return <ErrorState error={search.error} onRetry={() => void search.refetch()} />;
  const hits = search.data.pages.flatMap((page) => page.items);
  if (hits.length === 0) {
    return (
      <Empty icon={<SearchX aria-hidden />} title="Nobody said that">
        All the words have to be in one message. Put words that follow each other in quotation marks.
      </Empty>
    );
  }
  return (
    <div className="h-full overflow-y-auto p-2">
      <ul aria-label="Messages found">
        {hits.map((hit) => (
          <li key={`${hit.session.id} ${hit.index}`}>
            <Hit hit={hit} />
          </li>
        ))}
      </ul>
      {search.hasNextPage && (
        <Button
          look="ghost"
          className="w-full"
          busy={search.isFetchingNextPage}
          onClick={() => void search.fetchNextPage()}
        >
          More
        </Button>
      )}
    </div>
  );
}

function Hit({ hit }: { hit: SearchHit }) {
  return (
    <Link
      href={`/sessions/${hit.session.id}?message=${hit.index}`}
      className="block rounded-md px-3 py-2.5 hover:bg-hover"
    >
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 grow truncate font-medium">{titleOf({ slug: null, ...hit.session })}</span>
        {hit.createdAt && <span className="shrink-0 text-sm text-muted">{dayName(hit.createdAt)}</span>}
      </span>
      <span className="mt-0.5 line-clamp-3 text-sm text-muted">
        {pieces(hit.snippet, hit.highlight).map((piece) =>
          piece.marked ? (
            <mark key={piece.start} className="rounded-sm bg-warning-soft text-text">
              {piece.text}
            </mark>
          ) : (
            piece.text
          ),
        )}
      </span>
    </Link>
  );
}
