/** What changed in the file that was picked, and what can be done with it. */
import { FileDiff } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';

import type { GitStatus } from '@/api';
import { Button, Empty, ErrorState, Skeleton, toastError } from '@/ui';
import { changedFiles } from '../changed-files';
import { changesOf, pathsOf, type Change } from '../model';
import { hrefOf, type Place } from '../place';
import { useDiff, useMove } from '../queries';
import { StateMark } from '../state-mark';
import { ChangedFileBody } from '../changed-file-body';
import { Discard } from './discard';

export function FileDiffPane({ place, status }: { place: Place; status: GitStatus }) {
  const { cwd, file, staged } = place;
  if (file === null) {
    return (
      <Empty icon={<FileDiff aria-hidden />} title="No file is open">
        Pick one to see what changed in it.
      </Empty>
    );
  }
  const sides = staged ? (['staged'] as const) : (['conflicts', 'unstaged'] as const);
  const change = sides.flatMap((side) => changesOf(status.files, side)).find((one) => one.file.path === file);
  if (!change) {
    return (
      <Empty icon={<FileDiff aria-hidden />} title={staged ? 'Not staged any more' : 'No changes any more'}>
        {file} has no changes here now.
      </Empty>
    );
  }
  return (
    <div className="flex h-full flex-col">
      <Header key={file} cwd={cwd} change={change} />
      <Body cwd={cwd} change={change} />
    </div>
  );
}

function Header({ cwd, change }: { cwd: string; change: Change }) {
  const { file, side, state } = change;
  const staged = side === 'staged';
  const [, navigate] = useLocation();
  const [discarding, setDiscarding] = useState(false);
  const move = useMove(cwd, staged ? 'unstage' : 'stage');
  const start = () =>
    move.mutate(pathsOf([change]), {
      onSuccess: () => navigate(hrefOf({ cwd, file: file.path, staged: !staged }), { replace: true }),
      onError: toastError,
    });
  return (
    <header className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b bg-surface px-3 py-2">
      <StateMark state={state} />
      <h2 className="min-w-40 grow basis-40 font-mono text-sm font-medium wrap-anywhere">
        {file.originalPath && <span className="font-normal text-muted">{file.originalPath} → </span>}
        {file.path}
      </h2>
      <div className="ml-auto flex gap-2">
        {side === 'unstaged' && (
          <Button size="sm" look="ghost" onClick={() => setDiscarding(true)}>
            Discard
          </Button>
        )}
        <Button size="sm" busy={move.isPending} onClick={start}>
          {staged ? 'Unstage' : side === 'conflicts' ? 'Mark as resolved' : 'Stage'}
        </Button>
      </div>
      {discarding && <Discard cwd={cwd} changes={[change]} onClose={() => setDiscarding(false)} />}
    </header>
  );
}

function Body({ cwd, change: { file, side } }: { cwd: string; change: Change }) {
  const staged = side === 'staged';
  // A path alone would hide from git where the file was before.
  const whole = staged && file.originalPath !== null;
  const diff = useDiff(cwd, { staged, ...(!whole && { path: file.path }) });
  if (diff.isPending) return <Skeleton />;
  if (diff.isError) return <ErrorState error={diff.error} onRetry={() => void diff.refetch()} />;
  const shown = changedFiles(diff.data.diff).find(({ path }) => path === file.path);
  return (
    <ChangedFileBody
      className="min-h-0 grow"
      path={file.path}
      file={shown ?? null}
      truncated={diff.data.truncated}
    />
  );
}
