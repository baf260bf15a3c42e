import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { ErrorState, Skeleton } from '@/ui';

interface GroupProps {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** Settings that belong together, with what they are for. */
export function Group({ title, about, actions, children }: GroupProps) {
  return (
    <section aria-label={title} className="flex flex-col gap-3">
      <header className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{title}</h2>
          {about && <p className="text-sm text-muted">{about}</p>}
        </div>
        {actions}
      </header>
      {children}
    </section>
  );
}

/** A frame around rows or fields. */
export function Card({ children }: { children: ReactNode }) {
  return <div className="flex flex-col gap-4 rounded-lg border bg-surface p-4">{children}</div>;
}

interface RowsProps<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  /** What stands there while there are none. */
  empty: ReactNode;
  children: (item: T) => ReactNode;
}

export function Rows<T>({ label, items, keyOf, empty, children }: RowsProps<T>) {
  if (items.length === 0)
    return (
      <p className="rounded-lg border border-dashed px-4 py-6 text-center text-sm text-muted">{empty}</p>
    );
  return (
    <ul aria-label={label} className="divide-y rounded-lg border bg-surface">
      {items.map((item) => (
        <li key={keyOf(item)} className="flex min-h-14 items-center gap-3 px-4 py-2.5">
          {children(item)}
        </li>
      ))}
    </ul>
  );
}

/** The two lines of a row. */
export function RowText({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className="min-w-0 grow">
      <p className="truncate font-medium">{title}</p>
      {children && <p className="text-sm break-words text-muted">{children}</p>}
    </div>
  );
}

/** What a query brought, or how it is with it. */
export function Loaded<T>({
  query,
  rows = 3,
  children,
}: {
  query: UseQueryResult<T>;
  rows?: number;
  children: (loaded: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <Skeleton rows={rows} className="px-0" />;
}

export function FormButtons({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2">{children}</div>;
}
