/** Prompts of this device that the workstation does not have: not yet, or not at all. */
import { Clock, RotateCw, Trash2, TriangleAlert } from 'lucide-react';

import { usePending, useSessionActions } from '@/stream';
import { IconButton } from '@/ui';

export function Pending({ id }: { id: string }) {
  const pending = usePending(id);
  const actions = useSessionActions(id);
  const shown = pending.filter(({ state }) => state !== 'sent');
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Not sent yet" className="max-h-40 divide-y overflow-y-auto rounded-lg border bg-surface">
      {shown.map(({ clientId, text, state, kept, error }) => (
        <li key={clientId} className="flex items-center gap-2 py-1 pr-1 pl-3">
          {state === 'failed' ? (
            <TriangleAlert aria-hidden className="size-4 shrink-0 text-danger" />
          ) : (
            <Clock aria-hidden className="size-4 shrink-0 text-muted" />
          )}
          <span className="min-w-0 grow py-1">
            <span className="line-clamp-2 text-sm break-words">{text || 'Without text'}</span>
            <span className={state === 'failed' ? 'text-xs text-danger' : 'text-xs text-muted'}>
              {state === 'failed' ? error : kept ? 'Waits for the connection' : 'Waits; leave this page open'}
            </span>
          </span>
          {state === 'failed' && (
            <IconButton label="Send again" onClick={() => actions.retryPrompt(clientId)}>
              <RotateCw aria-hidden />
            </IconButton>
          )}
          <IconButton label="Discard prompt" onClick={() => actions.discardPrompt(clientId)}>
            <Trash2 aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  );
}
