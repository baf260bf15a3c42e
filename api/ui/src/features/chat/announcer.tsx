import { useSession, type SessionState } from '@/stream';

const LONGEST = 300;

/** Tells screen readers what the others see happen. */
export function Announcer({ id }: { id: string }) {
  const news = useSession(id, newsOf);
  return (
    <p role="status" className="sr-only">
      {news}
    </p>
  );
}

export function newsOf({ status, compacting, messages, error }: SessionState): string {
  if (compacting) return 'Compacting the conversation';
  if (status === 'running') return 'Claude is working';
  if (status === 'interrupted') return 'Interrupted';
  if (status === 'error') return error ?? 'An error happened';
  if (status !== 'completed') return '';
  const last = messages.findLast((message) => message.role === 'assistant');
  const text = last?.parts.findLast((part) => part.type === 'text')?.text ?? '';
  return `Claude is done. ${text.slice(0, LONGEST)}`;
}
