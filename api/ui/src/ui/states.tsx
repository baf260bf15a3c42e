/** What a view shows while it has nothing, nothing yet, or an error. */
import { clsx } from 'clsx';
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import { Button } from './button';

interface EmptyProps {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-16 text-center">
      {icon && <span className="text-faint [&>svg]:size-8">{icon}</span>}
      <h2 className="text-lg font-semibold">{title}</h2>
      {children && <p className="max-w-sm text-base text-muted">{children}</p>}
      {action}
    </div>
  );
}

export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-16 text-center">
      <CircleAlert aria-hidden className="size-8 text-danger" />
      <p className="max-w-md text-base">{error.message}</p>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** Grey lines in the place of rows that are on their way. */
export function Skeleton({ rows = 6, className }: { rows?: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading" className={clsx('flex flex-col gap-3 p-4', className)}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="h-12 animate-pulse rounded-md bg-sunken motion-reduce:animate-none" />
      ))}
    </div>
  );
}

/** One line that something went wrong, where the rest of the view goes on. */
export function Notice({
  kind = 'info',
  children,
}: {
  kind?: 'info' | 'warning' | 'danger';
  children: ReactNode;
}) {
  const looks = {
    info: 'bg-info-soft text-info',
    warning: 'bg-warning-soft text-warning',
    danger: 'bg-danger-soft text-danger',
  };
  return (
    <div
      role={kind === 'danger' ? 'alert' : 'status'}
      className={clsx('rounded-md px-3 py-2 text-sm', looks[kind])}
    >
      {children}
    </div>
  );
}
