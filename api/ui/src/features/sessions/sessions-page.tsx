/** The list beside what is open on a desk; one of the two on a phone. */
import { clsx } from 'clsx';
import { MessageSquarePlus, MousePointerClick } from 'lucide-react';
import { Activity, lazy, Suspense, useState } from 'react';
import { Link, useLocation, useParams } from 'wouter';

import { useDebounced } from '@/lib/debounce';
import { Empty, Skeleton } from '@/ui';
import { FilterBar } from './filter-bar';
import { NO_FILTERS } from './filters';
import { SessionList } from './session-list';
import { useWide } from './use-wide';

const Chat = lazy(() => import('@/features/chat'));
const NewSession = lazy(() => import('@/features/new-session'));
const SearchHits = lazy(() => import('@/features/search'));

export function SessionsPage() {
  const [location] = useLocation();
  const listed = location === '/';
  const wide = useWide();
  return (
    <div className="flex h-full">
      {/* Out of sight it keeps its filters and its place, and asks for nothing. */}
      <Activity mode={listed || wide ? 'visible' : 'hidden'}>
        <section
          aria-label="Sessions"
          className="flex h-full w-full shrink-0 flex-col bg-surface lg:w-88 lg:border-r"
        >
          <Sidebar />
        </section>
      </Activity>
      <section aria-label="Session" className={clsx('h-full min-w-0 grow', listed && 'hidden lg:block')}>
        <Suspense fallback={<Skeleton />}>
          <Opened />
        </Suspense>
      </section>
    </div>
  );
}

function Sidebar() {
  const [filters, setFilters] = useState(NO_FILTERS);
  const [found, setFound] = useState<'sessions' | 'messages'>('sessions');
  const q = useDebounced(filters.q.trim());
  return (
    <>
      <header className="flex h-13 shrink-0 items-center justify-between px-4">
        <h1 className="text-lg font-semibold">Sessions</h1>
        <Link
          href="/new"
          className="inline-flex h-9 touch-target items-center gap-2 rounded-md bg-accent px-3.5 font-medium text-on-accent hover:bg-accent-hover"
        >
          <MessageSquarePlus aria-hidden className="size-4" />
          New
        </Link>
      </header>
      <FilterBar filters={filters} onChange={setFilters} />
      {q && (
        <div role="group" aria-label="Search in" className="flex gap-1 border-b px-4 py-2">
          {(['sessions', 'messages'] as const).map((kind) => (
            <button
              key={kind}
              type="button"
              aria-pressed={found === kind}
              onClick={() => setFound(kind)}
              className="touch-target rounded-md px-3 py-1 text-sm text-muted capitalize hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent"
            >
              {kind}
            </button>
          ))}
        </div>
      )}
      <div className="min-h-0 grow">
        {q && found === 'messages' ? (
          <Suspense fallback={<Skeleton />}>
            <SearchHits q={q} />
          </Suspense>
        ) : (
          <SessionList filters={{ ...filters, q }} />
        )}
      </div>
    </>
  );
}

function Opened() {
  const { id } = useParams<{ id?: string }>();
  const [location] = useLocation();
  if (id) return <Chat key={id} id={id} />;
  if (location === '/new') return <NewSession />;
  return (
    <Empty icon={<MousePointerClick aria-hidden />} title="No session is open">
      Pick one from the list, or start a new one.
    </Empty>
  );
}
