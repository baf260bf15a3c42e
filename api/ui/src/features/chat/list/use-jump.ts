import { useEffect, useState } from 'react';

import { useSession, useSessionActions } from '@/stream';
import { toastError } from '@/ui';
import { rowOf, type Row } from '../rows';

const MARKED_FOR = 3000; // milliseconds

interface Jump {
  /** What is looked for was not shown yet. */
  readonly seeking: boolean;
  /** Its message is on an older page that is on its way. */
  readonly loading: boolean;
  /** The key of the row that was looked for. */
  readonly marked: string | null;
}

/** Scrolls to the row of the message with this index, once; older pages are loaded until it is there. */
export function useJump(
  id: string,
  target: number | null,
  rows: readonly Row[],
  show: (row: number) => void,
): Jump {
  const actions = useSessionActions(id);
  const oldest = useSession(id, (state) => state.oldestIndex);
  const [reached, setReached] = useState<number | null>(null);
  const [end, setEnd] = useState<number | null>(null);
  const [marked, setMarked] = useState<string | null>(null);
  const seeking = target !== null && target !== reached;
  const missing = seeking && oldest !== null && target < oldest && oldest !== end;

  useEffect(() => {
    if (!missing) return;
    // `oldest` goes down with every page that comes; where none does, the jump leads to what there is.
    actions.loadOlder().then(
      (came) => came || setEnd(oldest),
      (error: unknown) => {
        setEnd(oldest);
        if (error instanceof Error) toastError(error);
      },
    );
  }, [missing, oldest, actions, target]);

  useEffect(() => {
    if (!seeking || missing || rows.length === 0) return;
    const position = Math.max(0, rowOf(rows, target));
    // After the list has taken the rows in.
    const frame = requestAnimationFrame(() => {
      show(position);
      setReached(target);
      setMarked(rows[position]?.key ?? null);
    });
    return () => cancelAnimationFrame(frame);
  }, [seeking, missing, rows, target, show]);

  useEffect(() => {
    if (marked === null) return;
    const timer = setTimeout(() => setMarked(null), MARKED_FOR);
    return () => clearTimeout(timer);
  }, [marked]);

  return { seeking, loading: missing, marked };
}
