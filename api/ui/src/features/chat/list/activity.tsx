import { useSession } from '@/stream';
import { Spinner } from '@/ui';

/** What goes on, below the last row; there is always room for it. */
export function Activity({ id }: { id: string }) {
  const text = useSession(id, ({ status, compacting, source, backgroundTasks }) => {
    if (compacting) return 'Compacting the conversation';
    if (status === 'starting') return 'Claude is starting';
    if (status === 'running')
      return source === 'cli' ? 'Claude is working in a terminal' : 'Claude is working';
    if (backgroundTasks > 0) return `${backgroundTasks} in the background`;
    return null;
  });
  if (text === null) return null;
  return (
    <div className="absolute inset-x-0 bottom-0 flex h-12 items-center gap-2 px-4 text-sm text-muted">
      <Spinner />
      {text}
    </div>
  );
}
