import { ChevronUp, ListTodo } from 'lucide-react';
import { clsx } from 'clsx';
import { useState } from 'react';

import { useSession } from '@/stream';
import { TaskList } from './task-list';

/** What the agent means to do, above the prompt: one line, or all of it. Nothing when all is done. */
export function TasksPanel({ id }: { id: string }) {
  const tasks = useSession(id, (state) => state.tasks);
  const [open, setOpen] = useState(false);
  const done = tasks.filter(({ status }) => status === 'completed').length;
  if (done === tasks.length) return null;
  const now =
    tasks.find(({ status }) => status === 'in_progress') ??
    tasks.find(({ status }) => status !== 'completed');
  return (
    <section aria-label="Tasks" className="border-t bg-surface">
      <div className="mx-auto max-w-3xl">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex touch-target min-h-9 w-full items-center gap-2 px-4 text-sm hover:bg-hover focus-visible:-outline-offset-2"
        >
          <ListTodo aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 grow truncate text-left">{now?.activeForm ?? now?.content}</span>
          <span className="shrink-0 text-xs text-muted tabular-nums">
            {done} of {tasks.length}
          </span>
          <ChevronUp aria-hidden className={clsx('size-4 text-faint', open && 'rotate-180')} />
        </button>
        {open && <TaskList tasks={tasks} className="max-h-[40dvh] overflow-y-auto px-4 pt-1 pb-3" />}
      </div>
    </section>
  );
}
