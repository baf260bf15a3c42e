/** MCP servers: what Claude Code can reach besides its own tools. */
import { useQuery } from '@tanstack/react-query';
import { Pencil, Plus, Stethoscope, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { api, data, type McpServer } from '@/api';
import { Badge, Button, Confirm, IconButton, toastError } from '@/ui';
import { FolderSelect } from './folder-select';
import { McpForm } from './mcp-form';
import { SCOPES, summary } from './mcp-server';
import { Group, Loaded, Rows, RowText } from './parts';
import { useChange } from './queries';

export function Mcp() {
  const [cwd, setCwd] = useState('');
  const [editing, setEditing] = useState<McpServer | 'new' | null>(null);
  const [removing, setRemoving] = useState<McpServer | null>(null);
  const query = (check: boolean) => ({ params: { query: { cwd, check } } });
  const servers = useQuery({
    queryKey: ['mcp', cwd],
    queryFn: ({ signal }) => data(api.GET('/api/mcp', { ...query(false), signal })),
  });
  const health = useQuery({
    queryKey: ['mcp-health', cwd],
    queryFn: ({ signal }) => data(api.GET('/api/mcp', { ...query(true), signal })),
    enabled: false,
    retry: false,
  });
  const check = async () => {
    const { error } = await health.refetch();
    if (error) toastError(error);
  };
  const remove = useChange('mcp', ({ name, scope }: McpServer) =>
    api.DELETE('/api/mcp', { params: { query: { name, scope, cwd } } }),
  );
  return (
    <>
      <FolderSelect
        label="Folder"
        value={cwd}
        onChange={setCwd}
        hint="Servers are those of sessions in this folder."
      />
      <Group
        title="MCP servers"
        about="Tools and data for Claude beyond its own, from the next session on."
        actions={
          <Button size="sm" onClick={() => setEditing('new')}>
            <Plus aria-hidden className="size-4" />
            Add server
          </Button>
        }
      >
        <Loaded query={servers}>
          {(loaded) => (
            <Rows
              label="MCP servers"
              items={loaded.servers}
              keyOf={({ name, scope }) => `${scope} ${name}`}
              empty="There are no MCP servers."
            >
              {(server) => (
                <>
                  <RowText
                    title={
                      <>
                        {server.name} <Health words={health.data?.status[server.name]} />
                      </>
                    }
                  >
                    <span className="block truncate font-mono">{summary(server)}</span>
                    {SCOPES[server.scope]}
                  </RowText>
                  <IconButton label={`Edit ${server.name}`} onClick={() => setEditing(server)}>
                    <Pencil aria-hidden />
                  </IconButton>
                  <IconButton label={`Remove ${server.name}`} onClick={() => setRemoving(server)}>
                    <Trash2 aria-hidden />
                  </IconButton>
                </>
              )}
            </Rows>
          )}
        </Loaded>
        {servers.data && servers.data.servers.length > 0 && (
          <div className="flex justify-end">
            <Button busy={health.isFetching} onClick={() => void check()}>
              <Stethoscope aria-hidden className="size-4" />
              Check the servers
            </Button>
          </div>
        )}
      </Group>
      {editing && (
        <McpForm server={editing === 'new' ? null : editing} cwd={cwd} onClose={() => setEditing(null)} />
      )}
      {removing && (
        <Confirm
          open
          title={`Remove “${removing.name}”?`}
          description="Sessions that begin from now on do not have it. Its values cannot be brought back."
          action="Remove"
          busy={remove.isPending}
          onClose={() => setRemoving(null)}
          onConfirm={() => remove.mutate(removing, { onSuccess: () => setRemoving(null) })}
        />
      )}
    </>
  );
}

/** What Claude Code says of it, once it was asked. */
function Health({ words }: { words: string | undefined }) {
  return words && <Badge tone={/^connected/i.test(words) ? 'success' : 'warning'}>{words}</Badge>;
}
