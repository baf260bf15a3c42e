/** What one can do with a session, by a menu that is open to begin with. Its dialogs too are loaded when wanted. */
import {
  Archive,
  ArchiveRestore,
  Download,
  EllipsisVertical,
  GitFork,
  Pencil,
  Tags,
  Trash2,
} from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'wouter';

import type { SessionSummary } from '@/api';
import { IconButton, Menu, toast, type MenuItem } from '@/ui';
import type { DialogName } from './session-dialogs';
import { useForkSession, useUpdateSession } from './queries';
import { titleOf } from './rows';

const SessionDialog = lazy(() => import('./session-dialogs'));

type Named = Pick<SessionSummary, 'id' | 'title' | 'summary' | 'slug' | 'tags' | 'archived'>;

export default function SessionMenuItems({ session }: { session: Named }) {
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const [, navigate] = useLocation();
  const update = useUpdateSession();
  const fork = useForkSession();
  const items: readonly MenuItem[] = [
    { label: 'Rename', icon: <Pencil aria-hidden />, onSelect: () => setDialog('rename') },
    { label: 'Tags', icon: <Tags aria-hidden />, onSelect: () => setDialog('tags') },
    {
      label: 'Fork',
      icon: <GitFork aria-hidden />,
      onSelect: () => fork.mutate({ id: session.id }, { onSuccess: ({ id }) => navigate(`/sessions/${id}`) }),
    },
    { label: 'Export', icon: <Download aria-hidden />, onSelect: () => setDialog('export') },
    session.archived
      ? {
          label: 'Bring back',
          icon: <ArchiveRestore aria-hidden />,
          onSelect: () => update.mutate({ id: session.id, archived: false }),
        }
      : {
          label: 'Archive',
          icon: <Archive aria-hidden />,
          onSelect: () =>
            update.mutate({ id: session.id, archived: true }, { onSuccess: () => toast('Archived') }),
        },
    { label: 'Delete', icon: <Trash2 aria-hidden />, danger: true, onSelect: () => setDialog('delete') },
  ];
  return (
    <>
      <Menu items={items} opened>
        <IconButton label={`Actions for ${titleOf(session)}`}>
          <EllipsisVertical aria-hidden />
        </IconButton>
      </Menu>
      {dialog && (
        <Suspense>
          <SessionDialog name={dialog} session={session} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </>
  );
}
