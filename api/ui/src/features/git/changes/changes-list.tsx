/** Changed files in their groups, and the commit that they go into. Only the rows in sight are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { CircleCheck } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';

import type { GitStatus } from '@/api';
import { Empty, Notice, toastError } from '@/ui';
import { changeRows, changesOf, pathsOf, type Change } from '../model';
import type { Place } from '../place';
import { useMove, type Move } from '../queries';
import { ChangeGroup } from './change-group';
import { ChangeRow } from './change-row';
import { CommitBox } from './commit-box';
import { Discard } from './discard';

export function ChangesList({ place, status }: { place: Place; status: GitStatus }) {
  const rows = useMemo(() => changeRows(status.files), [status.files]);
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing that this gives is passed to a memoised part
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 40,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 10,
  });
  const [discarding, setDiscarding] = useState<readonly Change[] | null>(null);
  const stage = useMove(place.cwd, 'stage');
  const unstage = useMove(place.cwd, 'unstage');
  const move = (kind: Move, changes: readonly Change[]) => {
    if (kind === 'discard') setDiscarding(changes);
    else (kind === 'stage' ? stage : unstage).mutate(pathsOf(changes), { onError: toastError });
  };
  const busy = stage.isPending || unstage.isPending;
  if (rows.length === 0) {
    return (
      <Empty icon={<CircleCheck aria-hidden />} title="Nothing has changed">
        {status.head ? 'All that is in the folder is committed.' : 'There is no commit yet, and no file.'}
      </Empty>
    );
  }
  return (
    <>
      {status.truncated && (
        <div className="p-2">
          <Notice kind="warning">Only the first {status.files.length} changed files are listed.</Notice>
        </div>
      )}
      <div ref={scroller} className="min-h-0 grow overflow-y-auto">
        <ul aria-label="Changed files" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row.kind === 'group' ? (
                  <ChangeGroup {...row} busy={busy} onMove={move} />
                ) : (
                  <ChangeRow change={row.change} place={place} busy={busy} onMove={move} />
                )}
              </li>
            );
          })}
        </ul>
      </div>
      <CommitBox cwd={place.cwd} staged={changesOf(status.files, 'staged').length} status={status} />
      {discarding && <Discard cwd={place.cwd} changes={discarding} onClose={() => setDiscarding(null)} />}
    </>
  );
}
