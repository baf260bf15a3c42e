/** What each kind of event does to a session. */
import type { ServerFrame } from '@/api';
import { discard, grow, put, without } from './messages';
import { keep } from './keeping';
import { isBusy, type SessionState, type Subagent } from './state';

/** The frames that may have a number; the others belong to a connection. */
export type Journaled = Exclude<
  ServerFrame,
  { type: 'resume' | 'replay_complete' | 'ping' | 'pong' | 'error' }
>;
type WithoutNumber<T> = T extends Journaled ? Omit<T, 'seq'> : never;
export type Told = WithoutNumber<Journaled>;

/** The same state when nothing changed. Throws `DivergedError`. */
export function apply(state: SessionState, told: Told): SessionState {
  switch (told.type) {
    case 'message':
      return put(state, told.message);
    case 'message_discarded':
      return discard(state, told.messageIndex);
    case 'text_delta':
    case 'thinking_delta':
      return grow(state, told);
    case 'status':
      return changed(state, {
        status: told.status,
        error: told.error ?? null,
        backgroundTasks: told.backgroundTasks ?? 0,
        source: told.source ?? 'web',
        // A turn that has ended asks nothing any more.
        ...(!isBusy(told.status) && { approvals: [], toolProgress: {} }),
      });
    case 'tool_approval_request':
      return changed(state, { approvals: [...withoutApproval(state, told.toolUseId), told] });
    case 'tool_approval_resolved':
      return changed(state, { approvals: withoutApproval(state, told.toolUseId) });
    case 'tool_progress':
      return changed(state, {
        toolProgress: { ...state.toolProgress, [told.toolUseId]: told.elapsedSeconds },
      });
    case 'subagent_started':
    case 'subagent_tool_call':
    case 'subagent_completed':
      return ofSubagent(state, told);
    case 'tasks':
      return changed(state, { tasks: told.tasks });
    case 'compacting':
      return changed(state, { compacting: told.active });
    case 'context_usage':
      return changed(state, { contextUsage: told });
    case 'git_diff_stat':
      return changed(state, { git: told });
    case 'rate_limit':
      return changed(state, { rateLimits: { ...state.rateLimits, [told.kind]: told } });
    case 'mode_changed':
      return changed(state, { mode: told.mode });
    case 'model_changed':
      return changed(state, { model: told.model });
    case 'session_redirected':
      return changed(state, { id: told.sessionId });
    case 'slash_commands':
      return changed(state, { slashCommands: told.commands });
    case 'queue':
      return changed(state, { queue: { items: told.items, paused: told.paused } });
    case 'usage':
      return changed(state, { usage: told });
    default:
      return told satisfies never;
  }
}

function changed(state: SessionState, change: Partial<SessionState>): SessionState {
  return keep(state, { ...state, ...change });
}

function withoutApproval(state: SessionState, toolUseId: string): SessionState['approvals'] {
  return state.approvals.filter((approval) => approval.toolUseId !== toolUseId);
}

type OfSubagent = Extract<Told, { type: 'subagent_started' | 'subagent_tool_call' | 'subagent_completed' }>;

function ofSubagent(state: SessionState, told: OfSubagent): SessionState {
  const id = told.subagentId;
  const subagent: Subagent = state.subagents[id] ?? unknownSubagent(id);
  const subagents = (now: Subagent) => ({ ...state.subagents, [id]: now });
  switch (told.type) {
    case 'subagent_started': {
      const { description, agentType = null, prompt = null, startedAt = null } = told;
      return changed(state, {
        subagents: subagents({ ...unknownSubagent(id), description, agentType, prompt, startedAt }),
      });
    }
    case 'subagent_tool_call': {
      const others = subagent.calls.filter((call) => call.toolUseId !== told.toolUseId);
      return changed(state, { subagents: subagents({ ...subagent, calls: [...others, told] }) });
    }
    case 'subagent_completed': {
      const toolProgress = subagent.calls.reduce(
        (rest, call) => without(rest, call.toolUseId),
        state.toolProgress,
      );
      return changed(state, { subagents: subagents({ ...subagent, result: told }), toolProgress });
    }
  }
}

/** One whose beginning was not told. */
function unknownSubagent(id: string): Subagent {
  return { id, description: '', agentType: null, prompt: null, startedAt: null, calls: [], result: null };
}
