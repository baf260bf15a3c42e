/** What views may ask of an open session. */
import type { Approve, Attachment, PermissionMode } from '@/api';

export interface PromptOptions {
  /** Chosen by the state of the session where it is left out: `send` when idle, `queue` while a turn runs. */
  mode?: 'send' | 'queue' | 'steer';
  attachments?: readonly Attachment[];
}

export type Approval = Omit<Approve, 'type'>;

export interface SessionActions {
  /** Kept on this device until the server has it; never sent twice. */
  prompt(text: string, options?: PromptOptions): void;
  retryPrompt(clientId: string): void;
  discardPrompt(clientId: string): void;
  approve(answer: Approval): void;
  deny(toolUseId: string, message?: string): void;
  interrupt(): void;
  setMode(mode: PermissionMode): void;
  setModel(model: string | null): void;
  editQueued(id: string, text: string): void;
  removeQueued(id: string): void;
  resumeQueue(): void;
  /** Puts the page before the oldest message in front. Resolves when that is done; to false when nothing came. */
  loadOlder(): Promise<boolean>;
  /** Asks for what a subagent did that had ended before anybody looked; its id is that of the tool use. */
  loadSubagent(id: string): void;
  /** Forgets the oldest of very many messages, which come back as pages: to be called while nobody is near them. */
  forgetOlder(): void;
}
