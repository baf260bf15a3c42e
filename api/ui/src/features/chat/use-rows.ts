import { useMemo, useState } from 'react';
import { useShallow } from 'zustand/react/shallow';

import type { ErrorPart } from '@/api';
import { usePending, useSession } from '@/stream';
import { growingParts } from './build-rows';
import { projectRows, type GrowingPart, type Row, type Shown } from './rows';

/** The rows of a session. They do not change while a part only grows. */
export function useRows(id: string): readonly Row[] {
  const messages = useSession(id, (state) => state.messages);
  const names = useSession(
    id,
    useShallow(({ streaming }) =>
      growingParts(streaming).map(({ index, part, type }) => `${index}.${part}.${type}`),
    ),
  );
  const error = useSession(id, ({ status, error }) => (status === 'error' ? error : null));
  // What waits for the connection or for its turn is shown with the prompt.
  const pending = usePending(id);
  const [project] = useState(projector);
  return useMemo(() => {
    const failure: ErrorPart | null = error === null ? null : { type: 'error', message: error };
    return project({
      messages,
      growing: names.map(growing),
      pending: pending.filter(({ mode, state }) => mode !== 'queue' && state === 'sent'),
      failure,
    });
  }, [project, messages, names, pending, error]);
}

function growing(name: string): GrowingPart {
  const [index, part, type] = name.split('.');
  return { index: Number(index), part: Number(part), type: type === 'text' ? 'text' : 'reasoning' };
}

function projector(): (shown: Shown) => readonly Row[] {
  let rows: readonly Row[] = [];
  return (shown) => (rows = projectRows(shown, rows));
}
