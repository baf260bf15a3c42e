/** What waits for a person in a session, one at a time, in the order in which it was asked. */
import { useState } from 'react';

import { briefly } from '@/lib/tools';
import { useSession } from '@/stream';
import { ApprovalCard, titleOf } from './approval-card';

export function Approvals({ id, cwd }: { id: string; cwd: string }) {
  const approvals = useSession(id, (state) => state.approvals);
  const [chosen, setChosen] = useState<string | null>(null);
  const position = Math.max(
    0,
    approvals.findIndex(({ toolUseId }) => toolUseId === chosen),
  );
  const shown = approvals[position];
  const count = approvals.length;
  const move = (by: 1 | -1) => setChosen(approvals[(position + by + count) % count]?.toolUseId ?? null);
  return (
    <>
      <p role="status" className="sr-only">
        {shown && `${titleOf(shown)} ${briefly(shown.input)}${count > 1 ? ` ${count} requests wait.` : ''}`}
      </p>
      {shown && (
        <div className="mx-auto w-full max-w-3xl shrink-0 px-3 pb-2">
          <ApprovalCard
            key={shown.toolUseId}
            {...{ id, cwd, count }}
            approval={shown}
            position={position + 1}
            onMove={move}
          />
        </div>
      )}
    </>
  );
}
