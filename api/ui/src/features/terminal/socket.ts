/**
 * The connection to one terminal, which comes back by itself.
 *
 * The terminal belongs to the server and outlives every connection: attaching again replays the newest of what it showed.
 */
import type { TerminalClientFrame, TerminalServerFrame } from '@/api';
import { delayAfter, Heartbeat } from '@/stream';

/** `refused`: the server does not know this browser. `failed`: no terminal could be had. Neither is tried again. */
export type Phase = 'connecting' | 'open' | 'waiting' | 'refused' | 'failed' | 'ended';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface Wanted {
  /** Of a terminal that is there; null for a new one. */
  readonly id: string | null;
  readonly shell: string | null;
  /** Null for where new terminals begin. */
  readonly cwd: string | null;
}

export interface TerminalEvents {
  size(): Size;
  /** Everything that it shows comes anew after this; unless it is `fresh`, the first output is what it showed before. */
  attached(id: string, fresh: boolean): void;
  output(data: string): void;
  /** With what went wrong, or how the shell ended. */
  phase(phase: Phase, reason?: string): void;
}

/** Of a terminal, or of any socket. */
type Told = TerminalServerFrame | { type: 'error'; error: string };

const UNAUTHORIZED = 4001;
/** Milliseconds. Terminals say nothing by themselves; after so long one is asked whether it is there. */
export const SILENCE = 20_000;

export class TerminalSocket {
  #wanted: Wanted;
  #events: TerminalEvents;
  #socket: WebSocket | null = null;
  #failures = 0;
  #attached = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #life = new AbortController();
  readonly #heartbeat = new Heartbeat(
    { ask: () => this.#send({ type: 'ping' }), dead: () => this.#connect() },
    SILENCE,
  );

  constructor(wanted: Wanted, events: TerminalEvents) {
    this.#wanted = wanted;
    this.#events = events;
    const { signal } = this.#life;
    window.addEventListener('online', this.#wake, { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this.#wake(), { signal });
    this.#connect();
  }

  close(): void {
    this.#life.abort();
    this.#drop();
  }

  /** What is typed while there is no terminal is lost, as its keys would surprise later. */
  input(data: string): void {
    if (this.#attached) this.#send({ type: 'input', data });
  }

  resize(size: Size): void {
    if (this.#attached) this.#send({ type: 'resize', ...size });
  }

  #connect(): void {
    this.#drop();
    this.#events.phase('connecting');
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/terminal/stream`);
    this.#socket = socket;
    const { id, shell, cwd } = this.#wanted;
    socket.onopen = () =>
      this.#send({
        type: 'attach',
        ...this.#events.size(),
        ...(id !== null && { sessionId: id }),
        ...(shell !== null && { shell }),
        ...(cwd !== null && { cwd }),
      });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as Told);
    socket.onclose = ({ code }) => {
      if (code === UNAUTHORIZED) this.#end('refused');
      else this.#fail();
    };
  }

  #receive(frame: Told): void {
    this.#heartbeat.heard();
    switch (frame.type) {
      case 'attached':
        this.#attached = true;
        this.#failures = 0;
        this.#heartbeat.start();
        this.#wanted = { ...this.#wanted, id: frame.sessionId };
        this.#events.attached(frame.sessionId, frame.fresh);
        this.#events.phase('open');
        break;
      case 'output':
        this.#events.output(frame.data);
        break;
      case 'exit':
        this.#end(
          'ended',
          frame.exitCode === 0 ? 'The shell has ended.' : `The shell ended with ${frame.exitCode}.`,
        );
        break;
      case 'error':
        if (!this.#attached) this.#end('failed', frame.error);
    }
  }

  #send(frame: TerminalClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #fail(): void {
    this.#drop();
    this.#failures += 1;
    this.#events.phase('waiting');
    this.#retry = setTimeout(() => this.#connect(), delayAfter(this.#failures));
  }

  #end(phase: Phase, reason?: string): void {
    this.close();
    this.#events.phase(phase, reason);
  }

  #drop(): void {
    clearTimeout(this.#retry);
    this.#heartbeat.stop();
    this.#attached = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  readonly #wake = () => {
    if (this.#attached) this.#heartbeat.probe();
    else this.#connect();
  };
}
