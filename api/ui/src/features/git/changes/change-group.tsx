import { Button } from '@/ui';
import type { Change, Side } from '../model';
import type { Move } from '../queries';

const NAMES: Record<Side, string> = { conflicts: 'Conflicts', staged: 'Staged', unstaged: 'Not staged' };

interface Props {
  side: Side;
  changes: readonly Change[];
  busy: boolean;
  onMove: (move: Move, changes: readonly Change[]) => void;
}

export function ChangeGroup({ side, changes, busy, onMove }: Props) {
  return (
    <div className="flex min-h-10 items-center gap-1 pt-1 pr-2 pl-4">
      <h2 className="grow text-xs font-semibold tracking-wide text-muted">
        {NAMES[side]} <span className="font-normal tabular-nums">{changes.length}</span>
      </h2>
      {side === 'staged' && (
        <Button size="sm" look="ghost" disabled={busy} onClick={() => onMove('unstage', changes)}>
          Unstage all
        </Button>
      )}
      {side === 'unstaged' && (
        <>
          <Button size="sm" look="ghost" onClick={() => onMove('discard', changes)}>
            Discard all
          </Button>
          <Button size="sm" look="ghost" disabled={busy} onClick={() => onMove('stage', changes)}>
            Stage all
          </Button>
        </>
      )}
    </div>
  );
}
