import { ArrowUpFromLine } from 'lucide-react';
import { useState } from 'react';

import { ApiError, type GitStatus } from '@/api';
import { Button, Dialog, Input, Notice, toast } from '@/ui';
import { usePush } from './queries';

/** Pushes what is checked out; asks which remote is meant where git cannot know. */
export function Push({ cwd, status }: { cwd: string; status: GitStatus }) {
  const push = usePush(cwd);
  const nothing = status.head === null || (status.upstream !== null && status.ahead === 0);
  const start = (remote: string | null) =>
    push.mutate(remote, { onSuccess: () => toast(`Pushed ${status.branch ?? ''}`.trim()) });
  return (
    <>
      <Button size="sm" busy={push.isPending} disabled={nothing} onClick={() => start(null)}>
        <ArrowUpFromLine aria-hidden className="size-4" />
        Push
      </Button>
      {push.error && <Failed error={push.error} onClose={() => push.reset()} onRemote={start} />}
    </>
  );
}

interface FailedProps {
  error: Error;
  onClose: () => void;
  onRemote: (remote: string) => void;
}

function Failed({ error, onClose, onRemote }: FailedProps) {
  const [remote, setRemote] = useState('');
  const asks = error instanceof ApiError && error.field === 'remote';
  return (
    <Dialog open onClose={onClose} title={asks ? 'Push to which remote?' : 'The push failed'}>
      {asks ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onRemote(remote.trim());
          }}
        >
          <Input
            label="Remote"
            required
            autoFocus
            autoCapitalize="off"
            value={remote}
            error={error.message}
            onChange={(event) => setRemote(event.target.value)}
          />
          <div className="mt-4 flex justify-end">
            <Button type="submit" look="primary">
              Push
            </Button>
          </div>
        </form>
      ) : (
        <Notice kind="danger">
          <span className="font-mono wrap-anywhere whitespace-pre-wrap">{error.message}</span>
        </Notice>
      )}
    </Dialog>
  );
}
