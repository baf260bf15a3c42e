/** One commit: what it says, and what it changed in each file. */
import { ChevronRight, GitCommitHorizontal } from 'lucide-react';
import { useMemo, useState } from 'react';

import type { GitLogEntry } from '@/api';
import { CopyButton } from '@/lib/markdown';
import { Empty, ErrorState, Notice, Skeleton } from '@/ui';
import { changedFiles, readableAtOnce, type ChangedFile } from '../changed-files';
import { ChangedFileBody } from '../changed-file-body';
import { LineCounts } from '../line-counts';
import type { Place } from '../place';
import { useDiff, useLog } from '../queries';
import { StateMark } from '../state-mark';

export function CommitPane({ place: { cwd, commit } }: { place: Place }) {
  if (commit === null) {
    return (
      <Empty icon={<GitCommitHorizontal aria-hidden />} title="No commit is open">
        Pick one to see what it changed.
      </Empty>
    );
  }
  return <Commit key={commit} cwd={cwd} commit={commit} />;
}

function Commit({ cwd, commit }: { cwd: string; commit: string }) {
  const log = useLog(cwd);
  const entry = log.data?.pages.flatMap(({ items }) => items).find((one) => one.commit === commit);
  return (
    <div className="h-full overflow-y-auto">
      <Said commit={commit} entry={entry} />
      <Changed cwd={cwd} commit={commit} />
    </div>
  );
}

function Said({ commit, entry }: { commit: string; entry: GitLogEntry | undefined }) {
  return (
    <header className="border-b bg-surface px-4 py-3">
      <h2 className="font-semibold wrap-anywhere">{entry?.subject ?? 'Commit'}</h2>
      {entry?.body && <p className="mt-2 text-sm wrap-anywhere whitespace-pre-wrap">{entry.body}</p>}
      <div className="mt-1 flex flex-wrap items-center gap-x-2 text-sm text-muted">
        {entry && (
          <>
            <span title={entry.authorEmail}>{entry.authorName}</span>
            <time dateTime={entry.authoredAt}>
              {new Date(entry.authoredAt).toLocaleString(undefined, {
                dateStyle: 'medium',
                timeStyle: 'short',
              })}
            </time>
          </>
        )}
        <span className="inline-flex items-center font-mono text-xs">
          {commit.slice(0, 10)}
          <CopyButton text={commit} label="Copy the commit's hash" />
        </span>
      </div>
    </header>
  );
}

function Changed({ cwd, commit }: { cwd: string; commit: string }) {
  const diff = useDiff(cwd, { commit });
  const files = useMemo(() => changedFiles(diff.data?.diff ?? ''), [diff.data]);
  const open = useMemo(() => readableAtOnce(files), [files]);
  if (diff.isPending) return <Skeleton />;
  if (diff.isError) return <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />;
  return (
    <div className="flex flex-col gap-3 p-3">
      {diff.data.truncated && (
        <Notice kind="warning">The diff is too long; this is the beginning of it.</Notice>
      )}
      {files.length === 0 && <p className="p-1 text-sm text-muted">It changes no file.</p>}
      {files.map((file, number) => (
        <File key={file.path} file={file} openAtFirst={number < open} />
      ))}
    </div>
  );
}

function File({ file, openAtFirst }: { file: ChangedFile; openAtFirst: boolean }) {
  const [open, setOpen] = useState(openAtFirst);
  const { path, from, state, diff } = file;
  return (
    <section aria-label={path} className="overflow-hidden rounded-md border bg-surface">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex touch-target min-h-10 w-full items-center gap-2 px-2 text-left -outline-offset-2 hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={`size-4 shrink-0 text-muted transition-transform ${open ? 'rotate-90' : ''}`}
          />
          <StateMark state={state} />
          <span className="min-w-0 grow font-mono text-sm wrap-anywhere">
            {from && <span className="text-muted">{from} → </span>}
            {path}
          </span>
          {diff && <LineCounts {...diff} />}
        </button>
      </h3>
      {open && <ChangedFileBody className="max-h-[75vh] border-t" path={path} file={file} />}
    </section>
  );
}
