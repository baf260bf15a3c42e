import type { SessionState } from '../state';

/** What a snapshot tells, of messages those from an index on; the rest is known only to those who were there. */
export function withoutThePast(state: SessionState, from: number): SessionState {
  const running = Object.entries(state.subagents).filter(([, subagent]) => !subagent.result);
  return {
    ...state,
    toolProgress: {},
    rateLimits: {},
    oldestIndex: from,
    messages: state.messages.filter(({ index }) => index >= from),
    subagents: Object.fromEntries(running),
  };
}
