import { ListTodo } from 'lucide-react';

import type { Task } from '@/api';
import { TaskList } from '../task-list';
import { listIn, textIn, type Input } from '@/lib/tools';
import { ToolCard, type CardProps } from './tool-card';

const STATUSES: readonly string[] = ['pending', 'in_progress', 'completed'];

export function todosOf(input: Input): readonly Task[] {
  return listIn(input, 'todos').map((todo, number) => {
    const status = textIn(todo, 'status');
    return {
      id: String(number),
      content: textIn(todo, 'content'),
      status: STATUSES.includes(status) ? (status as NonNullable<Task['status']>) : 'pending',
    };
  });
}

/** The list of things to do, as it was written there. The panel has the one of now. */
export default function TodoCard({ call }: CardProps) {
  const todos = todosOf(call.use?.input ?? {});
  const done = todos.filter(({ status }) => status === 'completed').length;
  return (
    <ToolCard
      call={call}
      icon={ListTodo}
      name="Tasks"
      about={todos.find(({ status }) => status === 'in_progress')?.content}
      extent={`${done} of ${todos.length}`}
    >
      {todos.length > 0 && <TaskList tasks={todos} className="px-3 py-2" />}
    </ToolCard>
  );
}
