/** Makes the rows from the messages: tools with their results, runs of the same tool together. */
import type { NormalizedMessage, ToolResultPart, UserMessage } from '@/api';
import type { SessionState } from '@/stream';
import type { GrowingPart, Row, Shown, ToolCall } from './rows';

// Each of these is something of its own, also beside another one.
const ALONE = new Set(['Agent', 'AskUserQuestion', 'ExitPlanMode', 'Task', 'TodoWrite']);

/** The parts that are being said, in order; their texts are not looked at. */
export function growingParts(streaming: SessionState['streaming']): readonly GrowingPart[] {
  return Object.values(streaming)
    .flatMap(({ index, parts }) =>
      Object.entries(parts).map(([part, { type }]) => ({ index, part: Number(part), type })),
    )
    .sort((one, other) => one.index - other.index || one.part - other.part);
}

export function buildRows({ messages, growing, pending, failure }: Shown): readonly Row[] {
  const rows: Row[] = [];
  const results = resultsOf(messages);
  const uses = new Set(messages.flatMap(usesOf));
  const last = messages.at(-1)?.index ?? 0;
  let next = 0;
  const growUntil = (index: number) => {
    for (let part = growing[next]; part && part.index <= index; part = growing[++next]) {
      rows.push({ kind: 'growing', key: `${part.index}.${part.part}`, ...part });
    }
  };
  for (const message of messages) {
    growUntil(message.index - 1);
    addMessage(rows, message, { results, uses, whole: messages[0]?.index === 0 });
    growUntil(message.index);
  }
  growUntil(Infinity);
  const said = rows.at(-1);
  if (failure && !(said?.kind === 'error' && said.error.message === failure.message))
    rows.push({ kind: 'error', key: 'failure', index: last, error: failure });
  for (const prompt of pending)
    rows.push({ kind: 'pending', key: `p${prompt.clientId}`, index: last, prompt });
  return rows;
}

interface Joined {
  readonly results: ReadonlyMap<string, ToolCall>;
  readonly uses: ReadonlySet<string>;
  /** Whether no older message is missing. */
  readonly whole: boolean;
}

function addMessage(rows: Row[], message: NormalizedMessage, joined: Joined): void {
  const { index } = message;
  const key = String(index);
  if (message.role === 'system') rows.push({ kind: 'event', key, index, event: message.event });
  else if (message.role === 'tool_summary') rows.push({ kind: 'summary', key, index, text: message.summary });
  else if (message.role === 'user') addUser(rows, message, joined);
  else {
    let duration = message.thinkingDurationMs ?? null;
    for (const [number, part] of message.parts.entries()) {
      const base = { key: `${index}.${number}`, index };
      if (part.type === 'text') rows.push({ ...base, kind: 'text', part, message });
      else if (part.type === 'reasoning') {
        rows.push({ ...base, kind: 'thought', text: part.text, durationMs: duration });
        duration = null; // it counts for the whole message
      } else if (part.type === 'image') rows.push({ ...base, kind: 'image', image: part });
      else if (part.type === 'error') rows.push({ ...base, kind: 'error', error: part });
      else if (part.type === 'tool_use') {
        const call = joined.results.get(part.toolUseId);
        addCall(rows, index, part.toolName, {
          use: part,
          result: call?.result ?? null,
          images: call?.images ?? [],
        });
      } else addOrphan(rows, index, part, joined);
    }
  }
}

function addUser(rows: Row[], message: UserMessage, joined: Joined): void {
  const { index, parts } = message;
  const results = parts.filter((part) => part.type === 'tool_result');
  for (const part of results) addOrphan(rows, index, part, joined);
  const said = results.length === 0 || parts.some(({ type }) => type === 'text' || type === 'error');
  if (said) rows.push({ kind: 'user', key: String(index), index, message });
}

/** A result whose use is on an older page is shown there when that is loaded. */
function addOrphan(
  rows: Row[],
  index: number,
  result: ToolResultPart,
  { results, uses, whole }: Joined,
): void {
  if (uses.has(result.toolUseId) || !whole) return;
  addCall(rows, index, '', { use: null, result, images: results.get(result.toolUseId)?.images ?? [] });
}

function addCall(rows: Row[], index: number, name: string, call: ToolCall): void {
  const before = rows.at(-1);
  if (before?.kind === 'tools' && before.name === name && !ALONE.has(name)) {
    rows[rows.length - 1] = { ...before, calls: [...before.calls, call] };
  } else {
    rows.push({ kind: 'tools', key: `t${idOf(call)}`, index, name, calls: [call] });
  }
}

/** What the tools gave back, by use. Pictures follow the result that they are of. */
function resultsOf(messages: readonly NormalizedMessage[]): ReadonlyMap<string, ToolCall> {
  const results = new Map<string, ToolCall>();
  for (const message of messages) {
    if (message.role !== 'user' && message.role !== 'assistant') continue;
    let last: string | null = null;
    for (const part of message.parts) {
      if (part.type === 'tool_result') {
        last = part.toolUseId;
        results.set(last, { use: null, result: part, images: [] });
      } else if (part.type === 'image' && last !== null) {
        const call = results.get(last);
        if (call) results.set(last, { ...call, images: [...call.images, part] });
      } else last = null;
    }
  }
  return results;
}

function usesOf(message: NormalizedMessage): readonly string[] {
  if (message.role !== 'assistant') return [];
  return message.parts.flatMap((part) => (part.type === 'tool_use' ? [part.toolUseId] : []));
}

export function idOf({ use, result }: ToolCall): string {
  return use?.toolUseId ?? result?.toolUseId ?? '';
}
