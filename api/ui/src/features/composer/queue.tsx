/** Prompts that wait at the workstation until the turn that runs has ended. */
import { Paperclip, Pencil, Play, X } from 'lucide-react';
import { useEffect, useState } from 'react';

import type { QueueItem } from '@/api';
import { useSession, useSessionActions } from '@/stream';
import { Button, IconButton, TextArea } from '@/ui';

interface Edit {
  readonly item: QueueItem;
  readonly text: string;
}

interface QueueProps {
  id: string;
  /** Gets what was made of a prompt that has left the queue meanwhile. */
  onLost: (text: string) => void;
}

export function Queue({ id, onLost }: QueueProps) {
  const { items, paused } = useSession(id, (state) => state.queue);
  const actions = useSessionActions(id);
  const [edit, setEdit] = useState<Edit | null>(null);
  const lost = edit !== null && !items.some((item) => item.id === edit.item.id);
  useEffect(() => {
    if (lost && edit.text !== edit.item.text) onLost(edit.text);
  }, [lost, edit, onLost]);
  if (items.length === 0) return null;
  return (
    <section aria-label="Queue" className="overflow-hidden rounded-lg border bg-surface">
      <header className="flex min-h-9 items-center justify-between gap-2 px-3 text-sm text-muted">
        <span>
          {paused ? 'Queue paused' : 'Queue'} · {items.length}
        </span>
        {paused && (
          <Button size="sm" look="ghost" onClick={() => actions.resumeQueue()}>
            <Play aria-hidden className="size-4" />
            Resume
          </Button>
        )}
      </header>
      <ol className="max-h-48 divide-y overflow-y-auto border-t">
        {items.map((item) =>
          edit?.item.id === item.id ? (
            <EditForm
              key={item.id}
              text={edit.text}
              onChange={(text) => setEdit({ item, text })}
              onSave={() => {
                if (edit.text.trim()) actions.editQueued(item.id, edit.text);
                setEdit(null);
              }}
              onCancel={() => setEdit(null)}
            />
          ) : (
            <Item
              key={item.id}
              item={item}
              onEdit={() => setEdit({ item, text: item.text })}
              onRemove={() => actions.removeQueued(item.id)}
            />
          ),
        )}
      </ol>
    </section>
  );
}

interface EditFormProps {
  text: string;
  onChange: (text: string) => void;
  onSave: () => void;
  onCancel: () => void;
}

function EditForm({ text, onChange, onSave, onCancel }: EditFormProps) {
  return (
    <li className="p-2">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSave();
        }}
      >
        <TextArea
          label="Queued prompt"
          hideLabel
          autoFocus
          rows={3}
          value={text}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onCancel();
          }}
        />
        <div className="mt-2 flex justify-end gap-2">
          <Button size="sm" onClick={onCancel}>
            Cancel
          </Button>
          <Button size="sm" look="primary" type="submit" disabled={!text.trim()}>
            Save
          </Button>
        </div>
      </form>
    </li>
  );
}

interface ItemProps {
  item: QueueItem;
  onEdit: () => void;
  onRemove: () => void;
}

function Item({ item, onEdit, onRemove }: ItemProps) {
  return (
    <li className="flex items-center gap-1 py-1 pr-1 pl-3">
      <span className="line-clamp-2 min-w-0 grow text-sm break-words">{item.text || 'Without text'}</span>
      {Boolean(item.attachments?.length) && (
        <span className="inline-flex items-center gap-1 text-xs text-muted">
          <Paperclip aria-hidden className="size-3.5" />
          {item.attachments?.length}
          <span className="sr-only">attachments</span>
        </span>
      )}
      <IconButton label="Edit queued prompt" onClick={onEdit}>
        <Pencil aria-hidden />
      </IconButton>
      <IconButton label="Remove queued prompt" onClick={onRemove}>
        <X aria-hidden />
      </IconButton>
    </li>
  );
}
