/**
 * What the conversation shows, row by row, made from what is known of the session.
 *
 * A row that did not change is the same object as before, so that what shows it need not look. What changes many times
 * a second is in none of them: a part that is being said is a row that only names it, and a tool's row names its use;
 * who shows them reads their text, their seconds and their subagent's steps for himself.
 */
import type {
  CompactBoundary,
  ErrorPart,
  ImagePart,
  NormalizedMessage,
  SessionResult,
  StatusNote,
  TextPart,
  ToolResultPart,
  ToolUsePart,
  UserMessage,
} from '@/api';
import type { PendingPrompt } from '@/stream';
import { buildRows, idOf } from './build-rows';

export interface ToolCall {
  /** Null for a result whose use is not among the messages. */
  readonly use: ToolUsePart | null;
  readonly result: ToolResultPart | null;
  readonly images: readonly ImagePart[];
}

interface Base {
  readonly key: string;
  /** Of the message that it is made from, or that it comes after. */
  readonly index: number;
}

export type Row = Base &
  (
    | { readonly kind: 'user'; readonly message: UserMessage }
    | { readonly kind: 'text'; readonly part: TextPart; readonly message: NormalizedMessage }
    | { readonly kind: 'thought'; readonly text: string; readonly durationMs: number | null }
    | { readonly kind: 'growing'; readonly part: number; readonly type: 'text' | 'reasoning' }
    | { readonly kind: 'tools'; readonly name: string; readonly calls: readonly ToolCall[] }
    | { readonly kind: 'image'; readonly image: ImagePart }
    | { readonly kind: 'error'; readonly error: ErrorPart }
    | { readonly kind: 'summary'; readonly text: string }
    | { readonly kind: 'event'; readonly event: CompactBoundary | SessionResult | StatusNote }
    | { readonly kind: 'pending'; readonly prompt: PendingPrompt }
  );

type RowOf<Kind extends Row['kind']> = Extract<Row, { kind: Kind }>;
export type ToolsRow = RowOf<'tools'>;

/** A part that is being said. */
export interface GrowingPart {
  readonly index: number;
  readonly part: number;
  readonly type: 'text' | 'reasoning';
}

export interface Shown {
  readonly messages: readonly NormalizedMessage[];
  readonly growing: readonly GrowingPart[];
  readonly pending: readonly PendingPrompt[];
  /** Why the session cannot go on. */
  readonly failure: ErrorPart | null;
}

export function projectRows(shown: Shown, former: readonly Row[] = []): readonly Row[] {
  const rows = named(buildRows(shown), former);
  const known = new Map(former.map((row) => [row.key, row]));
  const kept = rows.map((row) => {
    const before = known.get(row.key);
    return before && sameRow(before, row) ? before : row;
  });
  const same = kept.length === former.length && kept.every((row, position) => row === former[position]);
  return same ? former : kept;
}

/**
 * Tools that are shown together keep their row's key, whichever of them comes or goes in front. No key is there twice,
 * though an agent that was started anew may count its uses from the beginning.
 */
function named(rows: readonly Row[], former: readonly Row[]): readonly Row[] {
  const keys = new Map<string, string>();
  for (const row of former) {
    if (row.kind !== 'tools') continue;
    for (const id of row.calls.map(idOf)) if (!keys.has(id)) keys.set(id, row.key);
  }
  const taken = new Set<string>();
  return rows.map((row) => {
    const before = row.kind === 'tools' ? row.calls.map((call) => keys.get(idOf(call))) : [];
    let key = before.find((one) => one !== undefined && !taken.has(one)) ?? row.key;
    while (taken.has(key)) key += '+';
    taken.add(key);
    return { ...row, key };
  });
}

function sameRow(one: Row, other: Row): boolean {
  const before = new Map<string, unknown>(Object.entries(one));
  return Object.entries(other).every(([name, value]) => same(before.get(name), value));
}

function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((call, position) => sameCall(call as ToolCall, other[position] as ToolCall));
}

function sameCall(one: ToolCall, other: ToolCall): boolean {
  if (one.use !== other.use || one.result !== other.result || one.images.length !== other.images.length)
    return false;
  return one.images.every((image, position) => image === other.images[position]);
}

/** Where the row is that shows this message: the last one that begins with it or before; -1 when none does. */
export function rowOf(rows: readonly Row[], index: number): number {
  return rows.findLastIndex((row) => row.kind !== 'pending' && row.index <= index);
}
