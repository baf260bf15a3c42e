import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';

import type { SessionSummary } from '@/api';
import { Button, Confirm, Dialog, Input, Switch } from '@/ui';
import { useDeleteSession, useUpdateSession } from './queries';
import { titleOf } from './rows';

export type DialogName = 'rename' | 'tags' | 'export' | 'delete';

interface Props {
  session: Pick<SessionSummary, 'id' | 'title' | 'summary' | 'slug' | 'tags'>;
  onClose: () => void;
}

const DIALOGS: Record<DialogName, (props: Props) => ReactNode> = {
  rename: Rename,
  tags: EditTags,
  export: Export,
  delete: Delete,
};

export default function SessionDialog({ name, ...props }: Props & { name: DialogName }) {
  const Named = DIALOGS[name];
  return <Named {...props} />;
}

function Rename({ session, onClose }: Props) {
  const [title, setTitle] = useState(session.title ?? session.summary ?? '');
  const update = useUpdateSession();
  return (
    <Dialog open onClose={onClose} title="Rename session">
      <OneField
        busy={update.isPending}
        onSubmit={() =>
          update.mutate({ id: session.id, title: title.trim() || null }, { onSuccess: onClose })
        }
      >
        <Input
          label="Title"
          autoFocus
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          hint="Empty goes back to Claude's own title."
        />
      </OneField>
    </Dialog>
  );
}

function EditTags({ session, onClose }: Props) {
  const [text, setText] = useState(session.tags.join(', '));
  const update = useUpdateSession();
  const tags = [...new Set(text.split(',').map((tag) => tag.trim()))].filter(Boolean);
  return (
    <Dialog open onClose={onClose} title="Tags">
      <OneField
        busy={update.isPending}
        onSubmit={() => update.mutate({ id: session.id, tags }, { onSuccess: onClose })}
      >
        <Input
          label="Tags"
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          hint="Separated by commas."
        />
      </OneField>
    </Dialog>
  );
}

function OneField({
  busy,
  onSubmit,
  children,
}: {
  busy: boolean;
  onSubmit: () => void;
  children: ReactNode;
}) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <div className="mt-4 flex justify-end">
        <Button type="submit" look="primary" busy={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}

const FORMATS = [
  ['md', 'Markdown', 'To read, or to put into a document'],
  ['html', 'HTML', 'One page that needs nothing else'],
  ['json', 'JSON', 'Everything, for programs'],
] as const;

function Export({ session, onClose }: Props) {
  return (
    <Dialog open onClose={onClose} title="Export">
      <ul className="flex flex-col gap-1">
        {FORMATS.map(([format, name, about]) => (
          <li key={format}>
            <a
              href={`/api/sessions/${session.id}/export?format=${format}`}
              download
              onClick={onClose}
              className="block rounded-md px-3 py-2.5 hover:bg-hover"
            >
              <span className="block font-medium">{name}</span>
              <span className="block text-sm text-muted">{about}</span>
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Delete({ session, onClose }: Props) {
  const [transcript, setTranscript] = useState(true);
  const [location, navigate] = useLocation();
  const remove = useDeleteSession();
  const done = () => {
    onClose();
    if (location.endsWith(session.id)) navigate('/', { replace: true });
  };
  return (
    <Confirm
      open
      title={`Delete “${titleOf(session)}”?`}
      description={
        transcript
          ? 'The session is stopped, and its transcript deleted. This cannot be undone.'
          : 'The session is stopped. Its transcript stays, and is listed as history.'
      }
      action="Delete"
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ id: session.id, transcript }, { onSuccess: done })}
    >
      <Switch label="Delete the transcript as well" checked={transcript} onChange={setTranscript} />
    </Confirm>
  );
}
