/** What frames do to the messages of a session, and to those that are being said. */
import { dequal } from 'dequal/lite';

import type { MessagePage, NormalizedMessage, TextDelta, ThinkingDelta } from '@/api';
import type { SessionState, StreamingMessage, StreamingPart } from './state';

/** The frame does not fit what is here: something was lost, and only a snapshot puts it right. */
export class DivergedError extends Error {
  override name = 'DivergedError';
}

/** The message as it stands now, in place of the one with its index and of what deltas built there. */
export function put(state: SessionState, message: NormalizedMessage): SessionState {
  const { index } = message;
  const streaming = without(state.streaming, index);
  if (index < floorOf(state)) return streaming === state.streaming ? state : { ...state, streaming };
  const position = positionOf(state.messages, index);
  const former = state.messages[position];
  const replaces = former?.index === index;
  const same = replaces && dequal(former, message);
  return {
    ...state,
    messages: same ? state.messages : state.messages.toSpliced(position, replaces ? 1 : 0, message),
    oldestIndex: Math.min(state.oldestIndex ?? index, index),
    totalMessages: Math.max(state.totalMessages, index + 1),
    streaming,
    toolProgress: withoutResults(state.toolProgress, message),
  };
}

/** What began at this index, the last one, was never said. */
export function discard(state: SessionState, index: number): SessionState {
  const messages = state.messages.filter((message) => message.index !== index);
  return {
    ...state,
    messages: messages.length === state.messages.length ? state.messages : messages,
    oldestIndex: messages[0]?.index ?? null,
    totalMessages: Math.min(state.totalMessages, index),
    streaming: without(state.streaming, index),
  };
}

/** More of a part that is being said. Throws `DivergedError` when it does not continue what is here. */
export function grow(state: SessionState, delta: Omit<TextDelta | ThinkingDelta, 'seq'>): SessionState {
  const { messageIndex: index, partIndex, offset } = delta;
  const type = delta.type === 'text_delta' ? 'text' : 'reasoning';
  const message: StreamingMessage = state.streaming[index] ?? { index, parts: {} };
  const part: StreamingPart = message.parts[partIndex] ?? { type, text: '' };
  if (part.type !== type || part.text.length !== offset) {
    // The beginning was told to those who had the page that it is on.
    if (index < floorOf(state)) return state;
    throw new DivergedError(`part ${partIndex} of message ${index} has no end at ${offset}`);
  }
  const longer: StreamingPart = { type, text: part.text + delta.text };
  return {
    ...state,
    streaming: { ...state.streaming, [index]: { index, parts: { ...message.parts, [partIndex]: longer } } },
    totalMessages: Math.max(state.totalMessages, index + 1),
  };
}

/** An older page in front of what is here; nothing when it is not the one that comes before. */
export function prepend(state: SessionState, page: MessagePage): SessionState {
  const { oldestIndex } = state;
  const last = page.messages.at(-1);
  if (oldestIndex === null || !last || last.index >= oldestIndex || last.index < floorOf(state) - 1)
    return state;
  return {
    ...state,
    messages: [...page.messages, ...state.messages],
    oldestIndex: page.messages[0]?.index ?? oldestIndex,
  };
}

/** Without all but the newest `kept`. They come back as pages. */
export function forgetOlder(state: SessionState, kept: number): SessionState {
  if (state.messages.length <= kept) return state;
  const messages = state.messages.slice(-kept);
  return { ...state, messages, oldestIndex: messages[0]?.index ?? null };
}

/**
 * The messages of a snapshot. Those that did not change keep their identity; older ones that were loaded before stay
 * where the snapshot begins with a message that is here already, since then they are the same story.
 */
export function reconcile(
  former: readonly NormalizedMessage[],
  snapshot: readonly NormalizedMessage[],
): readonly NormalizedMessage[] {
  const known = new Map(former.map((message) => [message.index, message]));
  const first = snapshot[0];
  if (!first) return snapshot;
  const kept = snapshot.map((message) => {
    const before = known.get(message.index);
    return before && isSame(before, message) ? before : message;
  });
  if (kept[0] === first) return kept;
  return [...former.filter((message) => message.index < first.index), ...kept];
}

/** A transcript does not know the `clientId` that its prompts came with. */
function isSame(one: NormalizedMessage, other: NormalizedMessage): boolean {
  return dequal({ ...one, clientId: null }, { ...other, clientId: null });
}

/** From which index on every message is here or is being said. Those before come with their pages. */
function floorOf({ oldestIndex, streaming }: SessionState): number {
  let floor = oldestIndex ?? 0;
  while (Object.hasOwn(streaming, floor - 1)) floor--;
  return floor;
}

/** Where the message with this index is, or would be. Most frames are about the newest. */
function positionOf(messages: readonly NormalizedMessage[], index: number): number {
  let position = messages.length;
  while (position > 0 && (messages[position - 1]?.index ?? 0) >= index) position--;
  return position;
}

function withoutResults(
  progress: SessionState['toolProgress'],
  message: NormalizedMessage,
): SessionState['toolProgress'] {
  if (message.role !== 'user') return progress;
  return message.parts.reduce(
    (rest, part) => (part.type === 'tool_result' ? without(rest, part.toolUseId) : rest),
    progress,
  );
}

/** The same record when it has no such key. */
export function without<T>(record: Readonly<Record<string, T>>, key: string | number) {
  if (!Object.hasOwn(record, key)) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== String(key)));
}
