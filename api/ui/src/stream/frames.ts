/** Reads the server's frames. What a later server may add is let through; what it may not leave out is checked. */
import type { ServerFrame } from '@/api';

/** A frame of a kind that this page does not know; it counts in the story even so. */
export interface UnknownFrame {
  type: 'unknown';
  seq?: number;
}

/** A frame that lacks what it is made of: nothing after it can be trusted. */
export interface InvalidFrame {
  type: 'invalid';
  reason: string;
}

export type Frame = ServerFrame | UnknownFrame | InvalidFrame;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const number: Check = (value) => typeof value === 'number';
const index: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const object: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const list: Check = (value) => Array.isArray(value);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const message: Check = (value) => object(value) && has(value as Fields, { index, role: text });
const delta = { messageIndex: index, partIndex: index, offset: index, text };

type Fields = Readonly<Record<string, unknown>>;

const REQUIRED = {
  message: { message },
  message_discarded: { messageIndex: index },
  text_delta: delta,
  thinking_delta: delta,
  status: { status: text },
  tool_approval_request: { toolUseId: text, toolName: text, input: object },
  tool_approval_resolved: { toolUseId: text },
  tool_progress: { toolUseId: text, elapsedSeconds: number },
  subagent_started: { subagentId: text, description: text },
  subagent_tool_call: { subagentId: text, toolUseId: text, toolName: text, input: object },
  subagent_completed: { subagentId: text },
  tasks: { tasks: list },
  compacting: { active: flag },
  context_usage: { used: number, total: number },
  git_diff_stat: { branch: nullable(text) },
  rate_limit: { status: text, kind: text },
  mode_changed: { mode: text },
  model_changed: { model: nullable(text) },
  session_redirected: { sessionId: text },
  slash_commands: { commands: list },
  queue: { items: list, paused: flag },
  usage: { tokens: object, totalCostUsd: number, numTurns: number },
  resume: { result: text, cursor: text },
  replay_complete: { totalMessages: index, oldestIndex: nullable(index), cursor: text },
  ping: {},
  pong: {},
  error: { error: text, code: text },
} satisfies Record<ServerFrame['type'], Readonly<Record<string, Check>>>;

export function parseFrame(line: string): Frame {
  let frame: unknown;
  try {
    frame = JSON.parse(line);
  } catch {
    return { type: 'invalid', reason: 'not JSON' };
  }
  if (!object(frame)) return { type: 'invalid', reason: 'not a JSON object' };
  return check(frame as Fields);
}

function check(frame: Fields): Frame {
  const { type, seq } = frame;
  if (seq !== undefined && !index(seq)) return { type: 'invalid', reason: 'seq is not a number of an event' };
  if (!isKnown(type)) return { type: 'unknown', ...(seq !== undefined && { seq: seq as number }) };
  if (!has(frame, REQUIRED[type])) return { type: 'invalid', reason: `${type} lacks a field` };
  return frame as ServerFrame;
}

function isKnown(type: unknown): type is ServerFrame['type'] {
  return typeof type === 'string' && Object.hasOwn(REQUIRED, type);
}

function has(fields: Fields, checks: Readonly<Record<string, Check>>): boolean {
  return Object.entries(checks).every(([name, check]) => check(fields[name]));
}
