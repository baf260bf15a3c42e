/** Claude Code's hooks: what it runs by itself when something happens. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { api, data } from '@/api';
import { Badge, Button, Confirm, IconButton, Select } from '@/ui';
import { FolderSelect } from './folder-select';
import { HookForm } from './hook-form';
import { contentOf, listed, without, type Hook, type Hooks, type Place } from './hook-list';
import { Group, Loaded, Rows, RowText } from './parts';
import { useChange } from './queries';

/** Whose hooks: the person's, or those of a folder. */
interface Owner {
  kind: 'user' | 'workspace';
  cwd: string;
}

function useHooks({ kind, cwd }: Owner) {
  const queries = useQueryClient();
  const queryKey = ['hooks', kind, cwd];
  const params = { query: { cwd } };
  const hooks = useQuery({
    queryKey,
    queryFn: async ({ signal }) =>
      (await data(
        kind === 'user'
          ? api.GET('/api/claude-hooks/user', { signal })
          : api.GET('/api/claude-hooks/workspace', { params, signal }),
      )) as Hooks,
  });
  // From what is kept now: somebody else may have changed the file since it was shown.
  const change = useChange(
    'hooks',
    async (make: (kept: Hooks) => Hooks) => {
      const { data: kept } = await hooks.refetch({ throwOnError: true });
      const body = make(kept ?? {});
      const done =
        kind === 'user'
          ? api.PUT('/api/claude-hooks/user', { body })
          : api.PUT('/api/claude-hooks/workspace', { params, body });
      queries.setQueryData(queryKey, await data(done as Promise<{ data?: unknown }>));
    },
    {},
  );
  return { hooks, change };
}

export function HooksSection() {
  const [owner, setOwner] = useState<Owner>({ kind: 'user', cwd: '' });
  const [editing, setEditing] = useState<(Hook & { place: Place }) | 'new' | null>(null);
  const [removing, setRemoving] = useState<Place | null>(null);
  const { hooks, change } = useHooks(owner);
  const close = () => {
    change.reset();
    setEditing(null);
    setRemoving(null);
  };
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Select
          label="Hooks of"
          value={owner.kind}
          onChange={({ target }) =>
            setOwner({ ...owner, kind: target.value === 'user' ? 'user' : 'workspace' })
          }
        >
          <option value="user">All sessions</option>
          <option value="workspace">One folder</option>
        </Select>
        {owner.kind === 'workspace' && (
          <FolderSelect label="Folder" value={owner.cwd} onChange={(cwd) => setOwner({ ...owner, cwd })} />
        )}
      </div>
      <Group
        title="Hooks"
        about="Run on the workstation with all of your rights, when a session comes to the event."
        actions={
          <Button size="sm" onClick={() => setEditing('new')}>
            <Plus aria-hidden className="size-4" />
            Add hook
          </Button>
        }
      >
        <Loaded query={hooks}>
          {(loaded) => (
            <Rows
              label="Hooks"
              items={listed(loaded)}
              keyOf={({ place }) => `${place.event} ${place.group} ${place.index}`}
              empty="There are no hooks."
            >
              {(hook) => (
                <>
                  <RowText
                    title={
                      <>
                        {hook.event} {hook.matcher && <Badge>{hook.matcher}</Badge>}
                      </>
                    }
                  >
                    <span className="line-clamp-2 font-mono">{contentOf(hook.handler)}</span>
                  </RowText>
                  <IconButton label={`Edit the hook of ${hook.event}`} onClick={() => setEditing(hook)}>
                    <Pencil aria-hidden />
                  </IconButton>
                  <IconButton
                    label={`Remove the hook of ${hook.event}`}
                    onClick={() => setRemoving(hook.place)}
                  >
                    <Trash2 aria-hidden />
                  </IconButton>
                </>
              )}
            </Rows>
          )}
        </Loaded>
      </Group>
      {editing && <HookForm hook={editing === 'new' ? null : editing} change={change} onClose={close} />}
      {removing && (
        <Confirm
          open
          title="Remove this hook?"
          description={change.error?.message ?? 'It does not run any more. This cannot be undone.'}
          action="Remove"
          busy={change.isPending}
          onClose={close}
          onConfirm={() => change.mutate((kept) => without(kept, removing), { onSuccess: close })}
        />
      )}
    </>
  );
}
