/** Reads what a tool was given. An agent may give it anything, so nothing is taken for granted. */

export type Input = Readonly<Record<string, unknown>>;

/** The text in this field; empty when there is none. */
export function textIn(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

export function numberIn(input: Input, name: string): number | null {
  const value = input[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The objects in this list; what is none is left out. */
export function listIn(input: Input, name: string): readonly Input[] {
  const value = input[name];
  return Array.isArray(value) ? value.filter(isInput) : [];
}

function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// The field that says most about a use of a tool; the first one that is there counts.
const TELLING = [
  'description',
  'file_path',
  'notebook_path',
  'path',
  'pattern',
  'query',
  'url',
  'command',
  'subject',
  'skill',
  'title',
  'name',
  'prompt',
  'id',
];

/** One line about a use of a tool; empty when its input tells nothing. */
export function briefly(input: Input, cwd = ''): string {
  const told = TELLING.map((name) => textIn(input, name)).find((value) => value.trim() !== '') ?? '';
  return relative(told.replace(/\s+/g, ' ').trim().slice(0, 200), cwd);
}

/** A path as seen from the folder, where it is in there. */
export function relative(path: string, folder: string): string {
  if (folder === '' || !path.startsWith(`${folder}/`)) return path;
  return path.slice(folder.length + 1);
}

/** `mcp__server__tool` as the server and its tool; null for a tool of another kind. */
export function mcpName(name: string): { server: string; tool: string } | null {
  const match = /^mcp__(.+?)__(.+)$/.exec(name);
  return match?.[1] && match[2] ? { server: match[1].replaceAll('_', ' '), tool: match[2] } : null;
}

export interface ExitState {
  readonly code: number | null;
  readonly output: string;
}

/** What a command printed, and its exit code where Claude Code says it: only for one that failed. */
export function exitState(output: string): ExitState {
  const match = /^(?:Error: )?Exit code (\d+)\n?/.exec(output);
  return match ? { code: Number(match[1]), output: output.slice(match[0].length) } : { code: null, output };
}

/** A file as the Read tool prints it, without the numbers before its lines, and the number of the first. */
export function numbered(output: string): { text: string; first: number } | null {
  const body = output.replace(/\n*<system-reminder>[\s\S]*$/, '').replace(/\n$/, '');
  const lines = body.split('\n').map((line) => /^\s*(\d+)(?:→|\t)(.*)$/.exec(line));
  const first = Number(lines[0]?.[1] ?? NaN);
  if (!lines.every((match) => match !== null)) return null;
  return { text: lines.map((match) => match[2] ?? '').join('\n'), first };
}
