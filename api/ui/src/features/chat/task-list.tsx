import { clsx } from 'clsx';
import { Circle, CircleCheck, CircleDot, type LucideIcon } from 'lucide-react';

import type { Task } from '@/api';

const LOOKS: Record<NonNullable<Task['status']>, { icon: LucideIcon; look: string; say: string }> = {
  pending: { icon: Circle, look: 'text-faint', say: 'to do' },
  in_progress: { icon: CircleDot, look: 'text-info', say: 'in progress' },
  completed: { icon: CircleCheck, look: 'text-success', say: 'done' },
};

export function TaskList({ tasks, className }: { tasks: readonly Task[]; className?: string }) {
  return (
    <ul className={clsx('flex flex-col gap-1', className)}>
      {tasks.map(({ id, content, status = 'pending' }) => {
        const { icon: Icon, look, say } = LOOKS[status];
        return (
          <li key={id} className="flex items-start gap-2 text-sm">
            <Icon aria-hidden className={clsx('mt-0.5 size-4 shrink-0', look)} />
            <span className={clsx(status === 'completed' && 'text-muted line-through')}>{content}</span>
            <span className="sr-only">({say})</span>
          </li>
        );
      })}
    </ul>
  );
}
