import { clsx } from 'clsx';
import { ArrowDown, ArrowUp, GitBranch } from 'lucide-react';
import { Link } from 'wouter';

import type { GitStatus } from '@/api';
import { hrefOf, type Place, type Tab } from './place';
import { Push } from './push';

const TABS: readonly (readonly [Tab, string])[] = [
  ['changes', 'Changes'],
  ['history', 'History'],
  ['branches', 'Branches'],
];

/** What is looked at, and where the repository stands. */
export function Head({ place, status, opened }: { place: Place; status: GitStatus; opened: boolean }) {
  const { cwd } = place;
  return (
    <div
      className={clsx(
        'flex-wrap-reverse items-center justify-between gap-x-4 border-t px-2 lg:flex',
        opened ? 'hidden' : 'flex',
      )}
    >
      <nav aria-label="Of the repository" className="flex">
        {TABS.map(([tab, name]) => (
          <Link
            key={tab}
            href={hrefOf({ cwd, tab })}
            aria-current={place.tab === tab ? 'page' : undefined}
            className="-mb-px inline-flex h-10 touch-target items-center gap-1.5 border-b-2 border-transparent px-3 text-muted hover:text-text aria-[current]:border-accent aria-[current]:font-medium aria-[current]:text-text"
          >
            {name}
            {tab === 'changes' && status.files.length > 0 && (
              <span className="rounded-full bg-sunken px-1.5 text-xs text-muted tabular-nums">
                {status.files.length}
                {status.truncated && '+'}
              </span>
            )}
          </Link>
        ))}
      </nav>
      <div className="flex min-h-11 w-full min-w-0 items-center gap-2 px-2 sm:w-auto">
        <Standing status={status} />
        <Push cwd={cwd} status={status} />
      </div>
    </div>
  );
}

function Standing({ status: { branch, head, upstream, ahead, behind } }: { status: GitStatus }) {
  return (
    <p className="flex min-w-0 grow items-center gap-1.5 text-sm text-muted">
      <GitBranch aria-hidden className="size-4 shrink-0" />
      <span className="truncate font-medium text-text">
        {branch ?? (head ? `at ${head.slice(0, 7)}` : 'No branch')}
      </span>
      {upstream ? (
        <span className="hidden truncate sm:inline">to {upstream}</span>
      ) : (
        branch && <span className="hidden shrink-0 sm:inline">not pushed yet</span>
      )}
      {!!ahead && (
        <span className="inline-flex shrink-0 items-center tabular-nums">
          <ArrowUp aria-hidden className="size-3.5" />
          {ahead} <span className="sr-only">to push</span>
        </span>
      )}
      {!!behind && (
        <span className="inline-flex shrink-0 items-center tabular-nums">
          <ArrowDown aria-hidden className="size-3.5" />
          {behind} <span className="sr-only">behind</span>
        </span>
      )}
    </p>
  );
}
