/** A repository of the workspace: what changed, what was committed, and its branches. */
import { clsx } from 'clsx';
import { FolderGit2 } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useLocation } from 'wouter';

import { ApiError } from '@/api';
import { baseName } from '@/lib/format';
import { Empty, ErrorState, Page, Select, Skeleton } from '@/ui';
import { Branches } from './branches/branches';
import { ChangesList } from './changes/changes-list';
import { FileDiffPane } from './changes/file-diff-pane';
import { Head } from './head';
import { CommitPane } from './history/commit-pane';
import { History } from './history/history';
import { hrefOf, keepRepository, lastRepository, usePlace, type Place } from './place';
import { useRepositories, useStatus } from './queries';

export default function Git() {
  const place = usePlace();
  const repositories = useRepositories();
  if (place.cwd !== null) return <Repository {...place} cwd={place.cwd} />;
  if (repositories.isPending) return <Waiting />;
  if (repositories.isError) {
    return (
      <Page title="Git">
        <ErrorState error={repositories.error} onRetry={() => void repositories.refetch()} />
      </Page>
    );
  }
  const paths = repositories.data.map(({ path }) => path);
  const cwd = paths.find((path) => path === lastRepository()) ?? paths[0];
  if (cwd !== undefined) return <Repository {...place} cwd={cwd} />;
  return (
    <Page title="Git">
      <Empty icon={<FolderGit2 aria-hidden />} title="No repository in the workspace">
        Clone one in the <TerminalLink />, or let Claude do it.
      </Empty>
    </Page>
  );
}

function TerminalLink() {
  return (
    <Link href="/terminal" className="text-accent underline">
      terminal
    </Link>
  );
}

function Waiting() {
  return (
    <Page title="Git">
      <Skeleton />
    </Page>
  );
}

function Repository(place: Place) {
  const { cwd, tab, file, commit } = place;
  const status = useStatus(cwd);
  const known = status.isSuccess;
  useEffect(() => {
    if (known) keepRepository(cwd);
  }, [known, cwd]);
  // On a phone the list gives way to what is opened from it.
  const opened = tab === 'history' ? commit !== null : tab === 'changes' && file !== null;
  return (
    <Page
      title="Git"
      {...(opened && { back: hrefOf({ cwd, tab }) })}
      actions={<RepositoryPicker cwd={cwd} />}
      subheader={status.data && <Head place={place} status={status.data} opened={opened} />}
    >
      {status.isPending && <Skeleton />}
      {status.isError && !status.data && (
        <Failed error={status.error} onRetry={() => void status.refetch()} />
      )}
      {status.data && (
        <div className="flex h-full">
          <section
            aria-label={tab === 'branches' ? 'Branches' : tab === 'history' ? 'History' : 'Changes'}
            className={clsx(
              'h-full w-full flex-col bg-surface',
              tab !== 'branches' && 'shrink-0 border-r lg:flex lg:w-96',
              opened ? 'hidden' : 'flex',
            )}
          >
            {tab === 'changes' && <ChangesList place={place} status={status.data} />}
            {tab === 'history' && <History place={place} />}
            {tab === 'branches' && <Branches cwd={cwd} />}
          </section>
          {tab !== 'branches' && (
            <section
              aria-label="Diff"
              className={clsx('h-full min-w-0 grow', opened ? 'block' : 'hidden lg:block')}
            >
              {tab === 'changes' ? (
                <FileDiffPane place={place} status={status.data} />
              ) : (
                <CommitPane place={place} />
              )}
            </section>
          )}
        </div>
      )}
    </Page>
  );
}

function RepositoryPicker({ cwd }: { cwd: string }) {
  const [, navigate] = useLocation();
  const { data: repositories = [] } = useRepositories();
  const others = repositories.some(({ path }) => path === cwd) ? [] : [{ path: cwd, name: baseName(cwd) }];
  return (
    <div className="w-48 shrink sm:w-64">
      <Select
        label="Repository"
        hideLabel
        value={cwd}
        onChange={({ target }) => navigate(hrefOf({ cwd: target.value }))}
      >
        {[...others, ...repositories].map(({ path, name }) => (
          <option key={path} value={path}>
            {name}
          </option>
        ))}
      </Select>
    </div>
  );
}

function Failed({ error, onRetry }: { error: Error; onRetry: () => void }) {
  if (!(error instanceof ApiError) || error.code !== 'not_a_repository') {
    return <ErrorState error={error} onRetry={onRetry} />;
  }
  return (
    <Empty icon={<FolderGit2 aria-hidden />} title="Not a git repository">
      Choose another folder above, or run git init in the <TerminalLink />.
    </Empty>
  );
}
