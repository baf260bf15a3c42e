/** The open sessions, one store each, kept for a while after the last reader so that going back and forth costs nothing. */
import { SessionStore } from './store';

const KEPT_FOR = 30_000; // milliseconds

interface Held {
  readonly store: SessionStore;
  readers: number;
  leaving: ReturnType<typeof setTimeout> | undefined;
}

const sessions = new Map<string, Held>();

/** The store of this session. It connects when it is first held. */
export function sessionStore(id: string): SessionStore {
  return held(id).store;
}

/** Keeps the session open until what this returns is called. */
export function hold(id: string): () => void {
  const session = held(id);
  clearTimeout(session.leaving);
  session.readers += 1;
  session.store.open();
  return () => {
    session.readers -= 1;
    if (session.readers > 0) return;
    session.store.leave();
    session.leaving = setTimeout(() => forget(session), KEPT_FOR);
  };
}

function held(id: string): Held {
  const known = sessions.get(id);
  if (known) return known;
  const store = new SessionStore(id);
  const session: Held = { store, readers: 0, leaving: undefined };
  session.leaving = setTimeout(() => forget(session), KEPT_FOR);
  sessions.set(id, session);
  // A session that goes on under another id is the same one there.
  store.view.subscribe(({ state }) => {
    if (!sessions.has(state.id)) sessions.set(state.id, session);
  });
  return session;
}

function forget(session: Held): void {
  for (const [id, one] of sessions) if (one === session) sessions.delete(id);
  session.store.close();
}
