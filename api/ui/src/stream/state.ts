/**
 * What is known of one open session. `reduce` makes it from the frames of the stream, and nothing else changes it.
 *
 * Settled messages keep their identity from frame to frame, so that what shows them can skip those that did not change.
 */
import type {
  Approval,
  Attachment,
  ContextUsage,
  GitDiffStat,
  NormalizedMessage,
  PermissionMode,
  QueueItem,
  RateLimit,
  SessionStatus,
  SlashCommand,
  SubagentCompleted,
  SubagentToolCall,
  Task,
  Usage,
} from '@/api';

/** `offline`: the device says so. `unauthorized`: log in again. `closed`: nobody looks at the session. */
export type Connection = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'unauthorized' | 'closed';

/** A part that deltas are building; the message replaces it when it is complete. */
export interface StreamingPart {
  readonly type: 'text' | 'reasoning';
  readonly text: string;
}

/** A message that is being said: its parts by `partIndex`, which may leave holes for parts of other kinds. */
export interface StreamingMessage {
  readonly index: number;
  readonly parts: Readonly<Record<number, StreamingPart>>;
}

export interface Subagent {
  /** Also the `toolUseId` of the tool call that started it. */
  readonly id: string;
  readonly description: string;
  readonly agentType: string | null;
  readonly prompt: string | null;
  readonly startedAt: string | null;
  readonly calls: readonly SubagentToolCall[];
  /** Null while it works. */
  readonly result: SubagentCompleted | null;
}

/** A prompt of this device that the server has not yet told of. */
export interface PendingPrompt {
  readonly clientId: string;
  readonly text: string;
  readonly mode: 'send' | 'queue' | 'steer';
  readonly attachments: readonly Attachment[];
  /** `waiting`: until there is a connection. `failed`: refused, and why. */
  readonly state: 'waiting' | 'sent' | 'failed';
  /** Whether this device has it, also when the page is closed. */
  readonly kept: boolean;
  readonly error: string | null;
}

export interface SessionState {
  /** The id that the session has now; another one than it was opened by after a redirect. */
  readonly id: string;
  /** `<epoch>:<seq>` of the last event of the story that is in this state. */
  readonly cursor: string | null;
  /** Whether the newest page has arrived. */
  readonly loaded: boolean;
  /**
   * Oldest first, by `index`; the first has `oldestIndex`. One that is still being said is in `streaming`: where a later
   * one was said meanwhile, its index is left out here.
   */
  readonly messages: readonly NormalizedMessage[];
  readonly oldestIndex: number | null;
  readonly totalMessages: number;
  readonly streaming: Readonly<Record<number, StreamingMessage>>;
  readonly status: SessionStatus;
  readonly error: string | null;
  readonly backgroundTasks: number;
  readonly source: 'web' | 'cli';
  readonly approvals: readonly Approval[];
  /** Seconds that a tool has been running, by `toolUseId`. */
  readonly toolProgress: Readonly<Record<string, number>>;
  readonly subagents: Readonly<Record<string, Subagent>>;
  readonly tasks: readonly Task[];
  readonly compacting: boolean;
  readonly contextUsage: ContextUsage | null;
  readonly git: GitDiffStat | null;
  /** The newest by `kind`. */
  readonly rateLimits: Readonly<Record<string, RateLimit>>;
  readonly mode: PermissionMode | null;
  readonly model: string | null;
  readonly usage: Usage | null;
  readonly slashCommands: readonly SlashCommand[];
  readonly queue: { readonly items: readonly QueueItem[]; readonly paused: boolean };
  /** A snapshot that is arriving; it takes the place of all this when it is whole. */
  readonly replay: SessionState | null;
}

export function initialState(id: string): SessionState {
  return {
    id,
    cursor: null,
    loaded: false,
    messages: [],
    oldestIndex: null,
    totalMessages: 0,
    streaming: {},
    status: 'idle',
    error: null,
    backgroundTasks: 0,
    source: 'web',
    approvals: [],
    toolProgress: {},
    subagents: {},
    tasks: [],
    compacting: false,
    contextUsage: null,
    git: null,
    rateLimits: {},
    mode: null,
    model: null,
    usage: null,
    slashCommands: [],
    queue: { items: [], paused: false },
    replay: null,
  };
}

/** Whether a turn runs: a prompt is then queued or steers it. */
export function isBusy(status: SessionStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'waiting_for_approval';
}
