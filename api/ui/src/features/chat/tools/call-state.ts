import { isBusy, useSession } from '@/stream';
import { useChat } from '../context';
import type { ToolCall } from '../rows';

/** `stopped`: the turn ended before the tool did. */
export type CallState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

/** How far this use of a tool is, and for how many seconds it has been running. */
export function useCallState({ use, result }: ToolCall): { state: CallState; seconds: number | null } {
  const { id } = useChat();
  const toolUseId = use?.toolUseId ?? '';
  const settled = result !== null;
  // Of a use that is over nothing more is to be known: its card follows no frames.
  const waiting = useSession(
    id,
    ({ approvals }) => !settled && approvals.some((one) => one.toolUseId === toolUseId),
  );
  const seconds = useSession(id, ({ toolProgress }) => (settled ? null : (toolProgress[toolUseId] ?? null)));
  const busy = useSession(
    id,
    ({ status, backgroundTasks, source }) =>
      !settled && (isBusy(status) || backgroundTasks > 0 || source === 'cli'),
  );
  if (settled) return { state: result.isError === true ? 'failed' : 'done', seconds: null };
  if (waiting) return { state: 'waiting', seconds: null };
  return { state: busy ? 'running' : 'stopped', seconds };
}
