import { useState } from 'react';

import { api, ApiError, type McpServer } from '@/api';
import { Button, Dialog, Input, Notice, Select, TextArea } from '@/ui';
import { NO_SERVER, readServer, SCOPES, typed, type TypedServer } from './mcp-server';
import { FormButtons } from './parts';
import { useChange } from './queries';

const TYPES: Record<TypedServer['type'], string> = {
  stdio: 'A command on the workstation',
  http: 'HTTP',
  sse: 'Server-sent events',
  ws: 'WebSocket',
};

interface Props {
  /** Null for a new one. */
  server: McpServer | null;
  cwd: string;
  onClose: () => void;
}

export function McpForm({ server, cwd, onClose }: Props) {
  const [text, setText] = useState(server ? typed(server) : NO_SERVER);
  const save = useChange(
    'mcp',
    async (value: TypedServer) =>
      api.PUT('/api/mcp', { params: { query: { cwd } }, body: readServer(value) }),
    {},
  );
  const field = (name: keyof TypedServer) => ({
    value: text[name],
    onChange: ({ target }: { target: { value: string } }) => setText({ ...text, [name]: target.value }),
    error: save.error instanceof ApiError && save.error.field === name ? save.error.message : null,
  });
  const shownAtField = save.error instanceof ApiError && (save.error.field ?? '') in text;
  return (
    <Dialog open onClose={onClose} title={server ? `Edit ${server.name}` : 'Add an MCP server'}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(text, { onSuccess: onClose });
        }}
      >
        <Input
          label="Name"
          autoFocus={!server}
          required
          pattern="[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}"
          readOnly={server !== null}
          {...field('name')}
          hint={server ? undefined : 'Letters, digits, - and _'}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Select label="Where it is there" disabled={server !== null} {...field('scope')}>
            {options(SCOPES)}
          </Select>
          <Select label="How it is reached" {...field('type')}>
            {options(TYPES)}
          </Select>
        </div>
        {text.type === 'stdio' ? (
          <>
            <Input label="Command" required className="font-mono" placeholder="npx" {...field('command')} />
            <Lines label="Arguments" hint="One a line" {...field('args')} />
            <Lines
              label="Environment"
              hint="One NAME=value a line. A value that is kept is shown as ********, and stays so."
              {...field('env')}
            />
          </>
        ) : (
          <>
            <Input label="Address" required placeholder="https://example.org/mcp" {...field('url')} />
            <Lines
              label="Headers"
              hint="One Name: value a line. A value that is kept is shown as ********, and stays so."
              {...field('headers')}
            />
          </>
        )}
        {save.error && !shownAtField && <Notice kind="danger">{save.error.message}</Notice>}
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            {server ? 'Save' : 'Add'}
          </Button>
        </FormButtons>
      </form>
    </Dialog>
  );
}

function Lines(props: Parameters<typeof TextArea>[0]) {
  return <TextArea rows={3} spellCheck={false} autoCapitalize="off" className="font-mono" {...props} />;
}

function options(names: Readonly<Record<string, string>>) {
  return Object.entries(names).map(([value, name]) => (
    <option key={value} value={value}>
      {name}
    </option>
  ));
}
