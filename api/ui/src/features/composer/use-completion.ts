/** The list of what the word at the caret may be completed to, and the keys that choose from it. */
import { useId, useState, type KeyboardEvent } from 'react';

import type { SlashCommand } from '@/api';
import { commandChoices, complete, fileChoices, wordAt, type Choice } from './completion';
import { useFiles } from './queries';

export interface Completion {
  readonly choices: readonly Choice[];
  readonly active: number;
  readonly listId: string;
  readonly open: boolean;
  optionId(place: number): string;
  choose(choice: Choice): void;
  /** Whether the key was for the list. */
  takes(event: KeyboardEvent): boolean;
}

interface Field {
  value: string;
  caret: number;
  commands: readonly SlashCommand[];
  /** The folder in which files are looked for. */
  cwd: string | undefined;
  onComplete: (text: string, caret: number) => void;
}

export function useCompletion({ value, caret, commands, cwd, onComplete }: Field): Completion {
  const listId = useId();
  const word = wordAt(value, caret);
  const place = word && `${word.kind} ${word.start} ${word.query}`;
  // The choice begins anew with each letter; Esc closes the list for the word as it is.
  const [chosen, setChosen] = useState({ place, active: 0 });
  const [closed, setClosed] = useState<string | null>(null);
  const files = useFiles(cwd, word?.kind === 'file' ? word.query : null);

  const found =
    word?.kind === 'command'
      ? commandChoices(commands, word.query)
      : word && files.data
        ? fileChoices(files.data.items)
        : [];
  const choices = place === closed ? [] : found;
  const active = chosen.place === place ? Math.min(chosen.active, choices.length - 1) : 0;
  const open = choices.length > 0;

  const choose = (choice: Choice) => {
    if (!word) return;
    const { text, caret: after } = complete(value, word, choice);
    onComplete(text, after);
  };
  const takes = (event: KeyboardEvent) => {
    const choice = choices[active];
    if (!open || !choice || event.nativeEvent.isComposing) return false;
    if (event.key === 'ArrowDown') setChosen({ place, active: (active + 1) % choices.length });
    else if (event.key === 'ArrowUp')
      setChosen({ place, active: (active + choices.length - 1) % choices.length });
    else if (event.key === 'Escape') setClosed(place);
    else if (event.key === 'Tab' || (event.key === 'Enter' && !event.shiftKey)) choose(choice);
    else return false;
    event.preventDefault();
    return true;
  };
  return { choices, active, listId, open, optionId: (at) => `${listId}-${at}`, choose, takes };
}
