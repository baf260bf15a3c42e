import { useEffect, useRef } from 'react';

import { ApiError, type FileContent } from '@/api';
import { bytes } from '@/lib/format';
import { Button, Notice, toastError } from '@/ui';
import { readDraft, useDraft, writeDraft } from './drafts';
import { Editor } from './editor';
import { FileActions } from './file-actions';
import { useReread, useSave } from './queries';

/** A text to edit. What is typed is kept until it is saved, whatever else is opened meanwhile. */
export default function TextFile({ path, file }: { path: string; file: FileContent }) {
  const draft = useDraft(path);
  const save = useSave(path);
  const reread = useReread(path);
  const stale = save.error instanceof ApiError && save.error.code === 'stale';
  const again = useRef(false);
  const write = (etag: string | null) => {
    if (!draft) return;
    save.mutate(
      { content: draft.text, etag },
      {
        onError: (error) => {
          if (!(error instanceof ApiError) || error.code !== 'stale') toastError(error);
        },
      },
    );
  };
  const saveDraft = () => {
    if (save.isPending) again.current = true;
    else if (draft) write(draft.etag);
  };
  // What was typed while it was being saved is saved as well, if that was asked for.
  useEffect(() => {
    if (save.isPending || !again.current) return;
    again.current = false;
    if (save.isSuccess && draft) write(draft.etag);
  });
  const showTheirs = () => {
    writeDraft(path, null);
    save.reset();
    void reread();
  };
  return (
    <div className="flex h-full flex-col">
      <header className="flex items-center gap-2 border-b bg-surface px-3 py-1.5">
        <h2 className="min-w-0 grow truncate font-mono text-sm font-medium" title={path}>
          {path}
        </h2>
        <span role="status" className="shrink-0 text-sm text-muted">
          {draft ? 'Unsaved' : bytes(file.size)}
        </span>
        <Button size="sm" look="primary" disabled={!draft} busy={save.isPending} onClick={saveDraft}>
          Save
        </Button>
        <FileActions path={path} name={path} />
      </header>
      {draft && (stale || draft.etag !== file.etag) && (
        <Notice kind="warning">
          <span className="flex flex-wrap items-center gap-2">
            The file was changed since you began to type.
            <Button size="sm" onClick={showTheirs}>
              Show its version
            </Button>
            <Button size="sm" onClick={() => write(null)}>
              Write mine over it
            </Button>
          </span>
        </Notice>
      )}
      <Editor
        path={path}
        text={draft?.text ?? file.content}
        onChange={(text) =>
          writeDraft(path, text === file.content ? null : { text, etag: readDraft(path)?.etag ?? file.etag })
        }
        onSave={saveDraft}
      />
    </div>
  );
}
