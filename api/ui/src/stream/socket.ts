/**
 * The transport of a session's stream: a WebSocket that comes back by itself.
 *
 * It waits longer after each failure, and not at all when the device wakes up or its network is back. The server breaks
 * every silence of 30 s; a connection that is silent for longer, or that the device may have slept through, is asked
 * with a `ping` and given up when no answer comes.
 */
import type { ClientFrame, Subscribe } from '@/api';
import { parseFrame, type Frame } from './frames';
import { Heartbeat } from './heartbeat';

/** `refused`: the server does not know this browser. `gone`: there can be no such session. Neither is tried again. */
export type Phase = 'connecting' | 'open' | 'waiting' | 'refused' | 'gone' | 'closed';

export interface SocketEvents {
  url(): string;
  /** From where to be told, asked for each new connection. */
  subscription(): Omit<Subscribe, 'type'>;
  frame(frame: Frame): void;
  phase(phase: Phase): void;
}

// Milliseconds.
export const FIRST_DELAY = 300;
export const LONGEST_DELAY = 15_000;
export const SILENCE = 40_000;
const OPENING = 15_000;
/** A connection that lasts so long makes up for the failures before it. */
const STABLE = 10_000;
/** An attempt of before a sleep may go nowhere; after so long it is not waited for when the device wakes up. */
export const STALE = 2_000;

const UNAUTHORIZED = 4001;
const NO_SUCH_SESSION = 4004;

/** How long to wait after that many failures in a row: doubled each time, up to a bound, half of it by chance. */
export function delayAfter(failures: number, chance = Math.random()): number {
  const longest = Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY);
  return (longest / 2) * (1 + chance);
}

export class SessionSocket {
  #events: SocketEvents;
  #socket: WebSocket | null = null;
  #phase: Phase = 'closed';
  #failures = 0;
  #seen = true;
  #began = 0;
  #pings: (() => void)[] = [];
  #life: AbortController | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #stable: ReturnType<typeof setTimeout> | undefined;
  readonly #heartbeat = new Heartbeat(
    { ask: () => this.ping(() => undefined), dead: () => this.#connect() },
    SILENCE,
  );

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  open(): void {
    if (this.#life) return;
    this.#life = new AbortController();
    const { signal } = this.#life;
    for (const event of ['online', 'offline', 'pageshow', 'focus'])
      window.addEventListener(event, this.#wake, { signal });
    document.addEventListener('visibilitychange', this.#visible, { signal });
    this.#connect();
  }

  close(): void {
    this.#life?.abort();
    this.#life = null;
    this.#drop();
    this.#enter('closed');
  }

  /** False when there is no connection; nothing is kept. */
  send(frame: ClientFrame): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Calls `answered` when the server has dealt with all that was sent before; never when the connection ends first. */
  ping(answered: () => void): void {
    if (this.send({ type: 'ping' })) this.#pings.push(answered);
  }

  /** Whether somebody reads the session; while nobody does, the server may notify of it. */
  seen(seen: boolean): void {
    if (this.#seen === seen) return;
    this.#seen = seen;
    this.#tellVisibility();
  }

  /** A new connection, after the time that another failure costs. */
  restart(): void {
    if (this.#life) this.#fail();
  }

  /** A new connection at once, unless there is one. */
  retry(): void {
    if (!this.#life || this.#socket) return;
    this.#connect();
  }

  #connect(): void {
    this.#drop();
    this.#enter('connecting');
    this.#began = Date.now();
    const socket = new WebSocket(this.#events.url());
    this.#socket = socket;
    this.#opening = setTimeout(() => this.#fail(), OPENING);
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.#stable = setTimeout(() => (this.#failures = 0), STABLE);
      this.#heartbeat.start();
      this.send({ type: 'subscribe', ...this.#events.subscription() });
      this.#tellVisibility();
      this.#enter('open');
    };
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = ({ code }) => {
      if (code === UNAUTHORIZED) this.#end('refused');
      else if (code === NO_SUCH_SESSION) this.#end('gone');
      else this.#fail();
    };
  }

  #receive(line: string): void {
    this.#heartbeat.heard();
    const frame = parseFrame(line);
    if (frame.type === 'pong') this.#pings.shift()?.();
    this.#events.frame(frame);
  }

  #fail(): void {
    this.#drop();
    this.#failures += 1;
    this.#enter('waiting');
    this.#retry = setTimeout(() => this.#connect(), delayAfter(this.#failures));
  }

  #end(phase: Phase): void {
    this.#drop();
    this.#enter(phase);
  }

  /** Nothing of the old connection is heard any more, however long its end takes. */
  #drop(): void {
    for (const timer of [this.#retry, this.#opening, this.#stable]) clearTimeout(timer);
    this.#heartbeat.stop();
    this.#pings = [];
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #enter(phase: Phase): void {
    if (this.#phase === phase && phase !== 'waiting') return;
    this.#phase = phase;
    this.#events.phase(phase);
  }

  readonly #wake = (event?: Event) => {
    if (this.#phase === 'open') this.#heartbeat.probe();
    else if (this.#phase === 'waiting' && navigator.onLine) this.#connect();
    // What is offline now was only reconnecting before.
    else if (this.#phase === 'waiting') this.#enter('waiting');
    else if (this.#phase === 'connecting' && (event?.type === 'online' || this.#isStale())) this.#connect();
  };

  #isStale(): boolean {
    return navigator.onLine && Date.now() - this.#began > STALE;
  }

  readonly #visible = () => {
    this.#tellVisibility();
    if (!document.hidden) this.#wake();
  };

  #tellVisibility(): void {
    this.send({ type: 'visibility', visible: this.#seen && !document.hidden });
  }
}
