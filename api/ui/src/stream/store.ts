/** One open session: its socket, its state, and the prompts of this device, brought together. */
import { createStore } from 'zustand/vanilla';

import type { ClientFrame } from '@/api';
import { newClientId } from './client-id';
import { placeOf } from './cursor';
import type { Frame } from './frames';
import { Inbox } from './inbox';
import { DivergedError, forgetOlder, prepend } from './messages';
import { Outbox } from './outbox';
import { loginHasEnded, olderPage, subagentOf } from './past';
import { cut, reduce } from './reduce';
import type { SessionActions } from './session';
import { shelfOf } from './shelf';
import { SessionSocket, type Phase } from './socket';
import { apply } from './story';
import { initialState, type Connection, type PendingPrompt, type SessionState } from './state';

export interface OpenSession {
  readonly state: SessionState;
  readonly connection: Connection;
  readonly pending: readonly PendingPrompt[];
}

/** Something that was asked for and not done. */
export interface Refusal {
  readonly error: string;
  readonly code: string;
}

const FIRST_PAGE = 50;
const LARGEST_PAGE = 500;
/** From how many messages on the oldest are forgotten, and how many stay then. */
const MOST_MESSAGES = 6_000;
const KEPT_MESSAGES = 5_000;

const NOT_CONNECTED: Refusal = {
  error: 'There is no connection to the workstation; try again when it is back',
  code: 'not_connected',
};
const NOT_CONFIRMED: Refusal = {
  error: 'The connection was lost before the workstation confirmed this; see whether it was done',
  code: 'not_confirmed',
};
const NOT_KEPT: Refusal = {
  error: 'This browser does not keep prompts; leave the page open until it is sent',
  code: 'not_kept',
};

export class SessionStore {
  readonly view;
  readonly actions: SessionActions;
  readonly #socket: SessionSocket;
  readonly #outbox: Outbox;
  readonly #inbox = new Inbox((frames) => this.#take(frames));
  readonly #refusals = new Set<(refusal: Refusal) => void>();
  #phase: Phase = 'closed';
  /** Whether the state has caught up on this connection; whether what it needs for that has begun to arrive or, when it
   * is a snapshot, has arrived; and the last event that was missed, where they are told one by one. */
  #synced = false;
  #answered = false;
  #target = 0;
  /** Whether only a snapshot puts the state right. */
  #diverged = false;
  #older: Promise<boolean> | null = null;
  /** The subagents that were asked for. */
  readonly #sought = new Set<string>();
  /** How much was asked for on this connection and not confirmed yet; prompts are kept elsewhere. */
  #asked = 0;

  constructor(id: string) {
    this.view = createStore<OpenSession>(() => ({
      state: initialState(id),
      connection: 'connecting',
      pending: [],
    }));
    this.#socket = new SessionSocket({
      url: () => `${window.location.origin.replace(/^http/, 'ws')}/api/sessions/${this.#state.id}/stream`,
      subscription: () => ({
        cursor: this.#diverged ? null : this.#state.cursor,
        messageLimit: Math.min(Math.max(this.#state.messages.length, FIRST_PAGE), LARGEST_PAGE),
      }),
      frame: (frame) => this.#receive(frame),
      phase: (phase) => this.#enter(phase),
    });
    const outbox = new Outbox(
      {
        live: () => this.#synced,
        state: () => this.#state,
        send: (frame) => this.#socket.send(frame),
        ping: (answered) => this.#socket.ping(answered),
        show: (pending) => this.view.setState({ pending }),
      },
      shelfOf(
        () => this.#state.id,
        () => this.#refuse(NOT_KEPT),
      ),
    );
    this.#outbox = outbox;
    void outbox.load();
    this.actions = {
      prompt: (text, options = {}) => outbox.add(text, options, newClientId()),
      retryPrompt: (clientId) => outbox.retry(clientId),
      discardPrompt: (clientId) => outbox.discard(clientId),
      approve: (answer) => this.#send({ type: 'approve', ...answer }),
      deny: (toolUseId, message) =>
        this.#send({ type: 'deny', toolUseId, ...(message !== undefined && { message }) }),
      interrupt: () => this.#send({ type: 'interrupt' }),
      setMode: (mode) => this.#send({ type: 'set_mode', mode }),
      setModel: (model) => this.#send({ type: 'set_model', model }),
      editQueued: (item, text) => this.#send({ type: 'queue_edit', id: item, text }),
      removeQueued: (item) => this.#send({ type: 'queue_remove', id: item }),
      resumeQueue: () => this.#send({ type: 'queue_resume' }),
      loadOlder: () => {
        const { id, oldestIndex } = this.#state;
        return oldestIndex ? (this.#older ??= this.#loadOlder(id, oldestIndex)) : Promise.resolve(false);
      },
      loadSubagent: (subagent) => {
        if (this.#sought.has(subagent)) return;
        this.#sought.add(subagent);
        void this.#loadSubagent(subagent);
      },
      forgetOlder: () => {
        if (this.#state.messages.length > MOST_MESSAGES)
          this.view.setState({ state: forgetOlder(this.#state, KEPT_MESSAGES) });
      },
    };
  }

  /** Connects, as somebody reads it. */
  open(): void {
    this.#socket.seen(true);
    this.#socket.open();
    if (this.#phase === 'refused') this.#socket.retry();
  }

  /** Nobody reads it any more; it stays connected. */
  leave(): void {
    this.#socket.seen(false);
  }

  close(): void {
    this.#socket.close();
  }

  /** Calls `listener` with what was asked for and not done. Returns how to stop that. */
  onRefused(listener: (refusal: Refusal) => void): () => void {
    this.#refusals.add(listener);
    return () => this.#refusals.delete(listener);
  }

  get #state(): SessionState {
    return this.view.getState().state;
  }

  #send(frame: ClientFrame): void {
    if (!this.#synced || !this.#socket.send(frame)) {
      this.#refuse(NOT_CONNECTED);
      return;
    }
    this.#asked += 1;
    this.#socket.ping(() => (this.#asked -= 1));
  }

  #refuse(refusal: Refusal): void {
    this.#refusals.forEach((listener) => listener(refusal));
  }

  #receive(frame: Frame): void {
    if (frame.type === 'resume' && frame.result === 'ok') {
      this.#answered = true;
      this.#target = placeOf(frame.cursor).seq;
    }
    const grows = frame.type === 'text_delta' || frame.type === 'thinking_delta';
    const missed = 'seq' in frame && frame.seq < this.#target;
    this.#inbox.add(frame, grows || missed);
  }

  #take(frames: readonly Frame[]): void {
    const former = this.#state;
    let state = former;
    let fits = true;
    for (const frame of frames) {
      try {
        state = reduce(state, frame);
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        fits = false;
        break;
      }
      if (frame.type === 'queue' && frame.seq === undefined) {
        this.#diverged = false;
        this.#answered = true;
      }
    }
    if (state !== former) this.view.setState({ state });
    if (!fits) {
      this.#diverged = true;
      this.#inbox.clear();
      this.#socket.restart();
      return;
    }
    frames.forEach((frame) => this.#tell(frame));
    this.#catchUp();
  }

  #tell(frame: Frame): void {
    this.#outbox.observe(frame);
    if (frame.type === 'error' && !frame.clientId) this.#refuse(frame);
  }

  #catchUp(): void {
    const { cursor } = this.#state;
    if (this.#synced || !this.#answered || this.#phase !== 'open' || cursor === null) return;
    if (placeOf(cursor).seq < this.#target) return;
    this.#synced = true;
    this.#show();
    this.#outbox.flush();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    if (phase !== 'open') {
      // What was not looked at yet comes again: the cursor is before it.
      this.#inbox.clear();
      this.view.setState({ state: cut(this.#state) });
      this.#outbox.cut();
      if (this.#asked > 0) this.#refuse(NOT_CONFIRMED);
      this.#asked = 0;
    }
    this.#synced = this.#answered = false;
    this.#target = 0;
    this.#show();
    if (phase === 'refused') void this.#checkLogin();
  }

  async #checkLogin(): Promise<void> {
    if (!(await loginHasEnded()) && this.#phase === 'refused') this.#socket.restart();
  }

  #show(): void {
    const connection = this.#connection();
    if (connection !== this.view.getState().connection) this.view.setState({ connection });
  }

  #connection(): Connection {
    if (this.#phase === 'closed' || this.#phase === 'gone') return 'closed';
    if (this.#phase === 'refused') return 'unauthorized';
    if (this.#synced) return 'live';
    if (!navigator.onLine) return 'offline';
    return this.#state.loaded || this.#phase === 'waiting' ? 'reconnecting' : 'connecting';
  }

  /** The page is over before its messages are told of, since who hears of them may ask for the next. */
  async #loadOlder(id: string, before: number): Promise<boolean> {
    const page = await olderPage(id, before).finally(() => (this.#older = null));
    const former = this.#state;
    const state = prepend(former, page);
    this.view.setState({ state });
    return state !== former;
  }

  async #loadSubagent(subagent: string): Promise<void> {
    try {
      const told = await subagentOf(this.#state.id, subagent);
      if (!this.#state.subagents[subagent]) this.view.setState({ state: told.reduce(apply, this.#state) });
    } catch {
      this.#sought.delete(subagent); // whoever looks again asks again
    }
  }
}
