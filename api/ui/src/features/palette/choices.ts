import type { LucideIcon } from 'lucide-react';

export interface Choice {
  readonly key: string;
  readonly label: string;
  /** Beside the label, to tell those of one name apart. */
  readonly about?: string;
  readonly icon: LucideIcon;
  readonly run: () => void;
}

export interface Group {
  readonly heading: string;
  readonly choices: readonly Choice[];
}

/** Those that have `words` in their label. */
export function matching(choices: readonly Choice[], words: string): readonly Choice[] {
  return choices.filter(({ label }) => label.toLowerCase().includes(words.toLowerCase()));
}
