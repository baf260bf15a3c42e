/** One session: what it is, what was said, what waits for an answer, and what is said next. */
import { MessagesSquare } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useSearch } from 'wouter';

import { ApiError } from '@/api';
import { Approvals } from '@/features/approvals';
import { Composer } from '@/features/composer';
import { titleOf } from '@/features/sessions';
import { useTitle } from '@/lib/title';
import { useConnection, useSession } from '@/stream';
import { Empty, Skeleton } from '@/ui';
import { Announcer } from './announcer';
import { Chat as Context } from './context';
import { ChatHeader } from './header/chat-header';
import { useDetail } from './header/use-detail';
import { MessageList } from './list/message-list';
import { NoSession } from './no-session';
import type { Row } from './rows';
import { TasksPanel } from './tasks-panel';
import { useRedirect } from './use-redirect';
import { useRows } from './use-rows';

export default function Chat({ id }: { id: string }) {
  const { data: detail, error } = useDetail(id);
  const missing = error instanceof ApiError && error.status === 404;
  useTitle(missing ? 'No such session' : detail ? titleOf(detail) : 'Session');
  useRedirect(id);
  const rows = useRows(id);
  const [opened] = useState(() => new Map<string, boolean>());
  const cwd = detail?.cwd ?? '';
  const context = useMemo(() => ({ id, cwd, opened }), [id, cwd, opened]);
  if (missing) return <NoSession />;
  return (
    <Context value={context}>
      <div className="flex h-full min-w-0 flex-col">
        <ChatHeader {...{ id, detail }} />
        <Conversation {...{ id, rows }} />
        <TasksPanel id={id} />
        <Approvals id={id} cwd={cwd} />
        <Composer id={id} />
        <Announcer id={id} />
      </div>
    </Context>
  );
}

function Conversation({ id, rows }: { id: string; rows: readonly Row[] }) {
  const loaded = useSession(id, (state) => state.loaded);
  const connection = useConnection(id);
  const target = Number.parseInt(new URLSearchParams(useSearch()).get('message') ?? '', 10);
  if (rows.length > 0) return <MessageList {...{ id, rows }} target={Number.isNaN(target) ? null : target} />;
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto max-w-3xl">
        {loaded || connection === 'unauthorized' ? (
          <Empty icon={<MessagesSquare aria-hidden />} title="Nothing was said yet">
            Type what Claude is to do.
          </Empty>
        ) : (
          <Skeleton />
        )}
      </div>
    </div>
  );
}
