/**
 * Prompts of this device on their way to the server: kept until it has them, and sent in their order.
 *
 * One goes out at a time, with a `ping` behind it: the server answers in order, so that at the `pong` it has taken the
 * prompt, or refused it, or knew its `clientId` already and did nothing. What it had not confirmed when the connection
 * ended is sent again. A prompt leaves when the server tells of it: as a message, or in the queue.
 */
import type { Error as ErrorFrame } from '@/api';
import type { Frame } from './frames';
import type { PromptShelf } from './shelf';
import type { PromptOptions } from './session';
import { isBusy, type PendingPrompt, type SessionState } from './state';

export interface Line {
  /** Whether the state is the server's: only then anything is sent. */
  live(): boolean;
  state(): SessionState;
  send(frame: { type: 'prompt' } & Omit<SentPrompt, 'state'>): boolean;
  ping(answered: () => void): void;
  show(prompts: readonly PendingPrompt[]): void;
}

type SentPrompt = Pick<PendingPrompt, 'clientId' | 'text' | 'mode'> & {
  attachments: PendingPrompt['attachments'][number][];
};

export class Outbox {
  readonly #line: Line;
  readonly #shelf: PromptShelf;
  #prompts: readonly PendingPrompt[] = [];
  /** The one that waits for its `pong`. */
  #sending: string | null = null;
  /** Those that the server has taken on this connection. */
  #taken = new Set<string>();

  constructor(line: Line, shelf: PromptShelf) {
    this.#line = line;
    this.#shelf = shelf;
  }

  /** What an earlier visit left. */
  async load(): Promise<void> {
    const left = await this.#shelf.load();
    const here = new Set(this.#prompts.map((prompt) => prompt.clientId));
    this.#set([...left.filter((prompt) => !here.has(prompt.clientId)), ...this.#prompts]);
    this.flush();
  }

  add(text: string, { mode, attachments = [] }: PromptOptions, clientId: string): void {
    const wanted = mode ?? (isBusy(this.#line.state().status) ? 'queue' : 'send');
    const prompt: PendingPrompt = {
      clientId,
      text,
      mode: wanted,
      attachments,
      state: 'waiting',
      kept: false,
      error: null,
    };
    this.#set([...this.#prompts, prompt]);
    void this.#keep(clientId);
    this.flush();
  }

  retry(clientId: string): void {
    this.#change(clientId, { state: 'waiting', error: null });
    void this.#keep(clientId);
    this.flush();
  }

  discard(clientId: string): void {
    if (this.#sending === clientId) this.#sending = null;
    this.#taken.delete(clientId);
    void this.#shelf.remove(clientId);
    this.#set(this.#prompts.filter((prompt) => prompt.clientId !== clientId));
    this.flush();
  }

  /** The connection ended: what was not confirmed waits again. */
  cut(): void {
    this.#sending = null;
    this.#taken.clear();
    this.#set(
      this.#prompts.map((prompt) => (prompt.state === 'sent' ? { ...prompt, state: 'waiting' } : prompt)),
    );
  }

  /** Sends the next one, when there is a connection and none is on its way. */
  flush(): void {
    const next = this.#prompts.find((prompt) => prompt.state === 'waiting');
    if (!next || this.#sending !== null || !this.#line.live()) return;
    // Time has passed since it was typed: what was to start a turn may find one that runs, and the other way round.
    const mode = next.mode === 'send' && isBusy(this.#line.state().status) ? 'queue' : next.mode;
    const { clientId, text } = next;
    if (!this.#line.send({ type: 'prompt', clientId, text, mode, attachments: [...next.attachments] }))
      return;
    this.#sending = clientId;
    this.#change(clientId, { state: 'sent', mode });
    this.#line.ping(() => this.#answered(clientId));
  }

  /** After each frame has changed the state. */
  observe(frame: Frame): void {
    if (this.#prompts.length === 0) return;
    if (frame.type === 'message' && frame.message.role === 'user') this.#arrived(frame.message.clientId);
    else if (frame.type === 'queue') frame.items.forEach((item) => this.#arrived(item.clientId));
    else if (frame.type === 'error') this.#refused(frame);
    else if (frame.type === 'status' && !isBusy(frame.status)) this.#settle();
  }

  #answered(clientId: string): void {
    if (this.#sending !== clientId) return;
    this.#sending = null;
    this.#taken.add(clientId);
    // Had the server taken it now, a turn would run: it has it from before.
    if (!isBusy(this.#line.state().status)) this.#settle();
    this.flush();
  }

  /** Nothing runs any more: what was taken has been said, though not under the name that it had here. */
  #settle(): void {
    for (const clientId of this.#taken) this.#arrived(clientId);
  }

  #arrived(clientId: string | null | undefined): void {
    if (this.#prompts.some((prompt) => prompt.clientId === clientId)) this.discard(clientId ?? '');
  }

  #refused({ clientId, code, error }: ErrorFrame): void {
    if (!clientId) return;
    if (this.#sending === clientId) this.#sending = null;
    this.#taken.delete(clientId);
    if (code === 'session_busy') this.#change(clientId, { state: 'waiting', mode: 'queue' });
    else this.#change(clientId, { state: 'failed', error });
    void this.#keep(clientId);
    this.flush();
  }

  async #keep(clientId: string): Promise<void> {
    const prompt = this.#prompts.find((one) => one.clientId === clientId);
    if (prompt) this.#change(clientId, { kept: await this.#shelf.put(prompt) });
  }

  #change(clientId: string, change: Partial<PendingPrompt>): void {
    this.#set(
      this.#prompts.map((prompt) => (prompt.clientId === clientId ? { ...prompt, ...change } : prompt)),
    );
  }

  #set(prompts: readonly PendingPrompt[]): void {
    this.#prompts = prompts;
    this.#line.show(prompts);
  }
}
