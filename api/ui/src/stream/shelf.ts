/** Where prompts of this device outlive its page: the browser's IndexedDB. */
import { createStore, delMany, entries, set, type UseStore } from 'idb-keyval';

import type { PendingPrompt } from './state';

export interface PromptShelf {
  /** Oldest first. */
  load(): Promise<PendingPrompt[]>;
  /** Resolves to whether it is kept. */
  put(prompt: PendingPrompt): Promise<boolean>;
  remove(clientId: string): Promise<void>;
}

interface Kept {
  sessionId: string;
  at: number;
  prompt: PendingPrompt;
}

/** Forgotten after so many milliseconds: nobody wants to send what they typed a month ago. */
const KEPT_FOR = 30 * 24 * 3_600_000;

let opened: UseStore | undefined;
const database = () => (opened ??= createStore('hatchpod', 'prompts'));

/** `lost` is told when the browser keeps nothing: private windows, full disks. The prompt is then only in the page. */
export function shelfOf(sessionId: () => string, lost: () => void): PromptShelf {
  return {
    async load() {
      try {
        const kept = await entries<string, Kept>(database());
        const old = kept.filter(([, { at }]) => at < Date.now() - KEPT_FOR).map(([clientId]) => clientId);
        if (old.length > 0) await delMany(old, database());
        return kept
          .filter(([clientId, one]) => one.sessionId === sessionId() && !old.includes(clientId))
          .sort(([, one], [, other]) => one.at - other.at)
          .map(([, { prompt }]) => ({
            ...prompt,
            state: prompt.state === 'failed' ? 'failed' : 'waiting',
            kept: true,
          }));
      } catch {
        return [];
      }
    },
    async put(prompt) {
      try {
        await set(
          prompt.clientId,
          { sessionId: sessionId(), at: Date.now(), prompt } satisfies Kept,
          database(),
        );
        return true;
      } catch {
        lost();
        return false;
      }
    },
    async remove(clientId) {
      try {
        await delMany([clientId], database());
      } catch {
        // Then it was not kept either.
      }
    },
  };
}
