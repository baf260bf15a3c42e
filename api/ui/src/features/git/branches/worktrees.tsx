import { ErrorState } from '@/ui';
import { FolderGit2 } from 'lucide-react';
import { Link } from 'wouter';

import { hrefOf } from '../place';
import { useWorktrees } from '../queries';

/** Nothing where the repository has its one folder alone. */
export function Worktrees({ cwd }: { cwd: string }) {
  const worktrees = useWorktrees(cwd);
  if (worktrees.isError) return <ErrorState error={worktrees.error} />;
  if (!worktrees.data || worktrees.data.length < 2) return null;
  return (
    <section aria-labelledby="worktrees" className="border-t pt-3">
      <h2 id="worktrees" className="px-2 pb-1 text-xs font-semibold tracking-wide text-muted">
        Worktrees
      </h2>
      <ul>
        {worktrees.data.map(({ path, branch, commit }) => (
          <li key={path}>
            <Link
              href={hrefOf({ cwd: path })}
              className="flex min-h-12 items-center gap-3 rounded-md px-2 py-1.5 hover:bg-hover"
            >
              <FolderGit2 aria-hidden className="size-4 shrink-0 text-muted" />
              <span className="min-w-0">
                <span className="block truncate">{branch ?? `at ${commit?.slice(0, 7) ?? 'no commit'}`}</span>
                <span className="block truncate font-mono text-xs text-muted">{path}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
