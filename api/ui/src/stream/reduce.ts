/**
 * The state of a session out of its stream: `reduce(state, frame)`, pure.
 *
 * Numbered frames are the story: each is applied once, in order, and moves the cursor. Frames without a number are a
 * snapshot: they build up `replay` beside what is shown, which takes its place when it is whole. So a snapshot heals
 * whatever was wrong, and nobody sees half of one.
 */
import type { ServerFrame } from '@/api';
import { cursorAt, placeOf } from './cursor';
import type { Frame, InvalidFrame, UnknownFrame } from './frames';
import { DivergedError, reconcile } from './messages';
import { initialState, type SessionState } from './state';
import { apply, type Told } from './story';
import { keep } from './keeping';

/** Throws `DivergedError` when the frame shows that one was lost; the state that was given is good as far as it goes. */
export function reduce(state: SessionState, frame: Frame): SessionState {
  if (frame.type === 'invalid') throw new DivergedError(frame.reason);
  if (isOfConnection(frame)) return state;
  if (frame.type === 'resume')
    return frame.result === 'ok' ? cut(state) : { ...state, replay: beginning(state) };
  if (frame.type === 'replay_complete') {
    const replay = { ...(state.replay ?? beginning(state)), cursor: frame.cursor, loaded: true };
    return {
      ...state,
      replay: { ...replay, totalMessages: Math.max(replay.totalMessages, frame.totalMessages) },
    };
  }
  const { seq, ...told } = frame;
  return seq === undefined ? replayed(state, told) : happened(state, told, seq);
}

/** The connection ended: a snapshot that has not wholly arrived is worth nothing. */
export function cut(state: SessionState): SessionState {
  return state.replay ? { ...state, replay: null } : state;
}

function replayed(state: SessionState, told: Told | Omit<UnknownFrame, 'seq'>): SessionState {
  const replay = tell(state.replay ?? beginning(state), told);
  // The queue is what a snapshot ends with.
  if (told.type === 'queue' && replay.cursor !== null) return settle(state, replay);
  return { ...state, replay };
}

function happened(state: SessionState, told: Told | Omit<UnknownFrame, 'seq'>, seq: number): SessionState {
  if (state.replay) {
    // What happens before a snapshot that was asked for is in it.
    if (state.replay.cursor === null) return state;
    return happened(settle(state, state.replay), told, seq);
  }
  if (state.cursor === null) return state;
  const place = placeOf(state.cursor);
  if (seq <= place.seq) return state;
  if (seq !== place.seq + 1) throw new DivergedError(`event ${seq} came after ${place.seq}`);
  return { ...tell(state, told), cursor: cursorAt({ ...place, seq }) };
}

function tell(state: SessionState, told: Told | Omit<UnknownFrame, 'seq'>): SessionState {
  return told.type === 'unknown' ? state : apply(state, told);
}

function beginning(state: SessionState): SessionState {
  return initialState(state.id);
}

/** The snapshot in place of the state; what it does not tell of, and is past, stays. */
function settle(state: SessionState, replay: SessionState): SessionState {
  const messages = reconcile(state.messages, replay.messages);
  const past = Object.entries(state.subagents).filter(([, subagent]) => subagent.result);
  return keep(state, {
    ...replay,
    messages,
    oldestIndex: messages[0]?.index ?? null,
    subagents: { ...Object.fromEntries(past), ...replay.subagents },
    rateLimits: state.rateLimits,
  });
}

function isOfConnection(
  frame: Exclude<Frame, InvalidFrame>,
): frame is Extract<ServerFrame, { type: 'ping' | 'pong' | 'error' }> {
  return frame.type === 'ping' || frame.type === 'pong' || frame.type === 'error';
}
