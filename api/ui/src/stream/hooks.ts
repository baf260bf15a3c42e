/** How components read an open session. A session is connected while a component reads it. */
import { useEffect } from 'react';
import { useStore } from 'zustand';

import { hold, sessionStore } from './registry';
import type { SessionActions } from './session';
import type { SessionState, Connection, PendingPrompt } from './state';
import type { OpenSession, Refusal } from './store';

/** `selector` has to give the same value for the same state: pick fields, and wrap what it makes in `useShallow`. */
export function useSession<T>(id: string, selector: (state: SessionState) => T): T {
  return useOpen(id, ({ state }) => selector(state));
}

export function useConnection(id: string): Connection {
  return useOpen(id, ({ connection }) => connection);
}

/** Prompts of this device that the server has not told of yet, oldest first. */
export function usePending(id: string): readonly PendingPrompt[] {
  return useOpen(id, ({ pending }) => pending);
}

/** The same object for as long as the session is open. */
export function useSessionActions(id: string): SessionActions {
  return sessionStore(id).actions;
}

/** Calls `listener`, which should not change, with each thing that was asked of the session and not done. */
export function useRefusals(id: string, listener: (refusal: Refusal) => void): void {
  useEffect(() => sessionStore(id).onRefused(listener), [id, listener]);
}

function useOpen<T>(id: string, selector: (open: OpenSession) => T): T {
  useEffect(() => hold(id), [id]);
  return useStore(sessionStore(id).view, selector);
}
