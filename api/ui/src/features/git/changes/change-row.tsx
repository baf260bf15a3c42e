import { Minus, Plus, Undo2 } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';

import { baseName } from '@/lib/format';
import { IconButton } from '@/ui';
import { lineCounts, type Change } from '../model';
import { hrefOf, type Place } from '../place';
import type { Move } from '../queries';
import { StateMark } from '../state-mark';
import { LineCounts } from '../line-counts';

interface Props {
  change: Change;
  place: Place;
  busy: boolean;
  onMove: (move: Move, changes: readonly Change[]) => void;
}

export const ChangeRow = memo(function ChangeRow({ change, place, busy, onMove }: Props) {
  const { file, side, state } = change;
  const staged = side === 'staged';
  const counts = lineCounts(file);
  const folder = file.path.slice(0, -baseName(file.path).length).replace(/\/$/, '');
  return (
    <div className="relative mx-2 flex items-center rounded-md hover:bg-hover has-[[aria-current]]:bg-accent-soft">
      <Link
        href={hrefOf({ cwd: place.cwd, file: file.path, staged })}
        aria-current={place.file === file.path && place.staged === staged ? 'page' : undefined}
        title={file.originalPath ? `${file.originalPath} → ${file.path}` : file.path}
        className="flex touch-target min-h-9 min-w-0 grow items-center gap-2 rounded-md px-2"
      >
        <StateMark state={state} />
        <span className="flex min-w-0 grow items-baseline gap-2">
          <span className="max-w-full shrink-0 truncate">{baseName(file.path)}</span>
          <span className="truncate text-sm text-muted">{folder}</span>
        </span>
        {counts && <LineCounts {...counts} />}
      </Link>
      {side === 'unstaged' && (
        <IconButton label={`Discard changes of ${file.path}`} onClick={() => onMove('discard', [change])}>
          <Undo2 aria-hidden />
        </IconButton>
      )}
      <IconButton
        label={`${staged ? 'Unstage' : 'Stage'} ${file.path}`}
        disabled={busy}
        onClick={() => onMove(staged ? 'unstage' : 'stage', [change])}
      >
        {staged ? <Minus aria-hidden /> : <Plus aria-hidden />}
      </IconButton>
    </div>
  );
});
