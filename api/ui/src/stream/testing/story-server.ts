/**
 * A stand-in for the server's side of a stream, for tests: it numbers what happens, and knows at each step what it would
 * tell to a client that comes then. It follows the rules of the agent host's conversation and journal.
 */
import type { NormalizedMessage, ServerFrame, SessionStatus, TextDelta, ThinkingDelta } from '@/api';
import type { Told } from '../story';

export const EPOCH = '0123456789abcdef';
const PAGE = 30;

type Kind = 'text' | 'reasoning';
type Parts = Map<number, { kind: Kind; text: string }>;
type Approval = Extract<Told, { type: 'tool_approval_request' }>;
type Queue = Extract<Told, { type: 'queue' }>;
type Running = Extract<Told, { type: 'subagent_started' | 'subagent_tool_call' }>;

export class StoryServer {
  /** The journal; event `n` is at `n - 1`. */
  readonly journal: ServerFrame[] = [];
  /** What a client is told that comes after so many events; only where one could come. */
  readonly snapshots = new Map<number, ServerFrame[]>();
  readonly #messages = new Map<number, NormalizedMessage>();
  readonly #growing = new Map<number, Parts>();
  #indexes = new Map<string, number>();
  #total = 0;
  #status: SessionStatus = 'idle';
  readonly #approvals = new Map<string, Approval>();
  readonly #subagents = new Map<string, Running[]>();
  readonly #states = new Map<string, Told>();
  #queue: Queue = { type: 'queue', items: [], paused: false };

  constructor() {
    this.step(() => undefined);
  }

  /** Whatever happens in one step is told before anybody new comes. */
  step(happens: () => void): void {
    happens();
    this.snapshots.set(this.journal.length, this.#snapshot());
  }

  grow(key: string, part: number, kind: Kind, text: string): void {
    const index = this.#indexOf(key);
    const said = this.#messages.get(index);
    if (said?.role === 'assistant' && part < said.parts.length) return;
    const parts = this.#growing.get(index) ?? new Map<number, { kind: Kind; text: string }>();
    this.#growing.set(index, parts);
    const growing = parts.get(part) ?? { kind, text: '' };
    if (growing.kind !== kind) return;
    this.tell(delta(index, part, kind, growing.text.length, text));
    parts.set(part, { kind, text: growing.text + text });
  }

  say(key: string, texts: readonly string[]): void {
    const index = this.#indexOf(key);
    const parts = texts.map((text) => ({ type: 'text' as const, text }));
    this.#messages.set(index, { role: 'assistant', index, parts });
    this.#tellMessage(index);
    const rest = new Map([...(this.#growing.get(index) ?? [])].filter(([part]) => part >= parts.length));
    this.#growing.delete(index);
    if (rest.size > 0) this.#growing.set(index, rest);
    this.#deltas(index).forEach((frame) => this.tell(frame));
  }

  end(status: SessionStatus): void {
    const unsaid = [...this.#growing.keys()]
      .filter((index) => !this.#messages.has(index))
      .sort((a, b) => a - b);
    for (const index of [...this.#growing.keys()].sort((a, b) => a - b))
      if (this.#messages.has(index)) this.#tellMessage(index);
    this.#growing.clear();
    if (unsaid[0] !== undefined) this.#closeGaps(unsaid[0], unsaid);
    for (const toolUseId of [...this.#approvals.keys()]) this.resolve(toolUseId);
    this.status(status);
  }

  status(status: SessionStatus): void {
    this.#status = status;
    this.tell(this.#statusFrame());
  }

  ask(toolUseId: string): void {
    const request: Approval = { type: 'tool_approval_request', toolUseId, toolName: 'Bash', input: {} };
    this.#approvals.delete(toolUseId);
    this.#approvals.set(toolUseId, request);
    this.tell(request);
    this.status('waiting_for_approval');
  }

  resolve(toolUseId: string): void {
    this.#approvals.delete(toolUseId);
    this.tell({ type: 'tool_approval_resolved', toolUseId, outcome: 'allowed' });
  }

  queue(texts: readonly string[], paused: boolean): void {
    this.#queue = { type: 'queue', items: texts.map((text, at) => ({ id: String(at), text })), paused };
    this.tell(this.#queue);
  }

  subagent(id: string, act: 'starts' | 'calls' | 'ends'): void {
    const running = this.#subagents.get(id);
    if (act === 'starts') {
      const started: Running = { type: 'subagent_started', subagentId: id, description: id };
      this.#subagents.set(id, [started]);
      this.tell(started);
    } else if (running && act === 'calls') {
      const toolUseId = `${id}.${running.length}`;
      const call: Running = {
        type: 'subagent_tool_call',
        subagentId: id,
        toolUseId,
        toolName: 'Read',
        input: {},
      };
      running.push(call);
      this.tell(call);
    } else if (running) {
      this.#subagents.delete(id);
      this.tell({ type: 'subagent_completed', subagentId: id });
    }
  }

  /** Of each kind the newest is the state. */
  state(told: Told): void {
    this.#states.set(told.type, told);
    this.tell(told);
  }

  tell(told: Told): void {
    this.journal.push({ ...told, seq: this.journal.length + 1 });
  }

  #indexOf(key: string): number {
    const index = this.#indexes.get(key) ?? this.#total++;
    this.#indexes.set(key, index);
    return index;
  }

  #tellMessage(index: number): void {
    const message = this.#messages.get(index);
    if (message) this.tell({ type: 'message', message });
  }

  #deltas(index: number): (Omit<TextDelta, 'seq'> | Omit<ThinkingDelta, 'seq'>)[] {
    const parts = [...(this.#growing.get(index) ?? [])].sort(([one], [other]) => one - other);
    return parts.map(([part, { kind, text }]) => delta(index, part, kind, 0, text));
  }

  #closeGaps(first: number, unsaid: readonly number[]): void {
    const kept = [...this.#messages.keys()].filter((index) => index >= first).sort((a, b) => a - b);
    const moved = new Map(kept.map((old, position) => [old, first + position]));
    for (const [from, to] of moved) {
      const message = this.#messages.get(from);
      if (!message) continue;
      this.#messages.delete(from);
      this.#messages.set(to, { ...message, index: to });
      this.#tellMessage(to);
    }
    const still = [...this.#indexes].filter(([, index]) => !unsaid.includes(index));
    this.#indexes = new Map(still.map(([key, index]) => [key, moved.get(index) ?? index]));
    const end = this.#total - unsaid.length;
    for (let index = this.#total - 1; index >= end; index--)
      this.tell({ type: 'message_discarded', messageIndex: index });
    this.#total = end;
  }

  #statusFrame(): Extract<Told, { type: 'status' }> {
    return { type: 'status', status: this.#status, backgroundTasks: 0, error: null, source: 'web' };
  }

  #snapshot(): ServerFrame[] {
    const indexes = [...this.#messages.keys()]
      .filter((index) => index >= this.#total - PAGE)
      .sort((a, b) => a - b);
    const messages = indexes.flatMap((index) => this.#messages.get(index) ?? []);
    return [
      ...messages.map((message) => ({ type: 'message' as const, message })),
      ...[...this.#growing.keys()].sort((a, b) => a - b).flatMap((index) => this.#deltas(index)),
      ...[...this.#subagents.values()].flat(),
      ...this.#states.values(),
      {
        type: 'replay_complete',
        totalMessages: this.#total,
        oldestIndex: indexes[0] ?? null,
        cursor: `${EPOCH}:${this.journal.length}`,
      },
      this.#statusFrame(),
      ...this.#approvals.values(),
      this.#queue,
    ];
  }
}

function delta(messageIndex: number, partIndex: number, kind: Kind, offset: number, text: string) {
  const type = kind === 'text' ? ('text_delta' as const) : ('thinking_delta' as const);
  return { type, messageIndex, partIndex, offset, text };
}
