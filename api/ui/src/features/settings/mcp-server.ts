/** An MCP server as it is typed: arguments one a line, variables as `NAME=value` lines, headers as `Name: value`. */
import type { McpServer } from '@/api';

export interface TypedServer {
  name: string;
  scope: McpServer['scope'];
  type: NonNullable<McpServer['type']>;
  command: string;
  args: string;
  env: string;
  url: string;
  headers: string;
}

export const SCOPES: Record<McpServer['scope'], string> = {
  user: 'Everywhere',
  local: 'In this folder, for you',
  project: 'In this folder, in its .mcp.json',
};

export const NO_SERVER: TypedServer = {
  name: '',
  scope: 'user',
  type: 'stdio',
  command: '',
  args: '',
  env: '',
  url: '',
  headers: '',
};

export function typed(server: McpServer): TypedServer {
  return {
    name: server.name,
    scope: server.scope,
    type: server.type ?? 'stdio',
    command: server.command ?? '',
    args: (server.args ?? []).join('\n'),
    env: pairs(server.env, '='),
    url: server.url ?? '',
    headers: pairs(server.headers, ': '),
  };
}

function pairs(values: Readonly<Record<string, string>> | undefined, mark: string): string {
  return Object.entries(values ?? {})
    .map(([name, value]) => name + mark + value)
    .join('\n');
}

/** Throws with the line that is not understood. */
export function readServer(text: TypedServer): McpServer {
  const base = { name: text.name.trim(), scope: text.scope, type: text.type };
  if (text.type !== 'stdio') return { ...base, url: text.url.trim(), headers: readPairs(text.headers, ':') };
  return {
    ...base,
    command: text.command.trim(),
    args: text.args.split('\n').filter((line) => line !== ''),
    env: readPairs(text.env, '='),
  };
}

function readPairs(text: string, mark: '=' | ':'): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(mark);
      if (at < 1)
        throw new Error(
          `“${line}” has no ${mark}; write one ${mark === '=' ? 'NAME=value' : 'Name: value'} a line`,
        );
      const value = line.slice(at + 1);
      return [line.slice(0, at).trim(), mark === ':' ? value.trim() : value];
    }),
  );
}

/** What a row says of it. */
export function summary(server: McpServer): string {
  return server.url ?? [server.command, ...(server.args ?? [])].filter(Boolean).join(' ');
}
