import { createContext, use, useState } from 'react';

export interface ChatContext {
  readonly id: string;
  /** The session's folder; empty until it is known. */
  readonly cwd: string;
  /** What was opened and closed by hand, by key: rows that scroll out of sight come back as they were. */
  readonly opened: Map<string, boolean>;
}

export const Chat = createContext<ChatContext | null>(null);

export function useChat(): ChatContext {
  const chat = use(Chat);
  if (!chat) throw new Error('useChat: there is no <Chat> around this component');
  return chat;
}

/** Whether this is open, until somebody opens or closes it as `byItself` says. */
export function useOpened(key: string, byItself: boolean): readonly [boolean, () => void] {
  const { opened } = useChat();
  const [byHand, setByHand] = useState(() => opened.get(key) ?? null);
  const open = byHand ?? byItself;
  const toggle = () => {
    opened.set(key, !open);
    setByHand(!open);
  };
  return [open, toggle];
}
