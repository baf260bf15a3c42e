import { useState, type KeyboardEvent } from 'react';

import type { GitStatus } from '@/api';
import { Button, Notice, TextArea, toast } from '@/ui';
import { useCommit } from '../queries';

/** Messages that were begun, by repository: going to look at something else does not lose one. */
const drafts = new Map<string, string>();

interface Props {
  cwd: string;
  staged: number;
  status: GitStatus;
}

export function CommitBox({ cwd, staged, status }: Props) {
  const [message, setMessage] = useState(drafts.get(cwd) ?? '');
  const commit = useCommit(cwd);
  const write = (text: string) => {
    drafts.set(cwd, text);
    setMessage(text);
  };
  const ready = staged > 0 && message.trim() !== '' && !commit.isPending;
  const start = () => {
    if (!ready) return;
    commit.mutate(message, {
      onSuccess: ({ commit: hash }) => {
        write('');
        toast(`Committed ${hash.slice(0, 7)}`);
      },
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    start();
  };
  return (
    <form
      aria-label="Commit"
      className="flex shrink-0 flex-col gap-2 border-t p-3"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      {commit.error && (
        <Notice kind="danger">
          <span className="block max-h-40 overflow-y-auto font-mono wrap-anywhere whitespace-pre-wrap">
            {commit.error.message}
          </span>
        </Notice>
      )}
      <TextArea
        label="Commit message"
        hideLabel
        rows={3}
        placeholder="Commit message"
        className="max-h-48 resize-y"
        value={message}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="flex items-center justify-between gap-3">
        <p className="min-w-0 truncate text-sm text-muted">
          {staged === 0 ? 'Stage what belongs to it first.' : `On ${status.branch ?? 'no branch'}`}
        </p>
        <Button type="submit" look="primary" busy={commit.isPending} disabled={!ready}>
          {staged === 0 ? 'Commit' : `Commit ${staged} ${staged === 1 ? 'file' : 'files'}`}
        </Button>
      </div>
    </form>
  );
}
