import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';

interface PageProps {
  title: ReactNode;
  /** Where the arrow leads that phones show before the title. */
  back?: string;
  actions?: ReactNode;
  /** Also below the title: tabs, a search field. */
  subheader?: ReactNode;
  children: ReactNode;
}

/** A view: its header stays, its body scrolls. */
export function Page({ title, back, actions, subheader, children }: PageProps) {
  return (
    <div className="flex h-full min-w-0 flex-col">
      <header className="border-b bg-surface">
        <div className="flex h-13 items-center gap-2 px-4">
          {back && (
            <Link
              href={back}
              aria-label="Back"
              className="-ml-2 inline-flex size-9 touch-target items-center justify-center rounded-md text-muted hover:bg-hover lg:hidden"
            >
              <ArrowLeft aria-hidden className="size-5" />
            </Link>
          )}
          <h1 className="min-w-0 grow truncate text-lg font-semibold">{title}</h1>
          {actions}
        </div>
        {subheader}
      </header>
      <div className="min-h-0 grow overflow-y-auto">{children}</div>
    </div>
  );
}
