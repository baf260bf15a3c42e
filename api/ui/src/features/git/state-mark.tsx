import { clsx } from 'clsx';

import type { Change } from './model';

const LOOKS: Record<Change['state'], readonly [letter: string, name: string, colour: string]> = {
  unmodified: ['', 'Unchanged', 'text-muted'],
  modified: ['M', 'Modified', 'text-warning'],
  added: ['A', 'Added', 'text-success'],
  untracked: ['U', 'Untracked', 'text-success'],
  deleted: ['D', 'Deleted', 'text-danger'],
  renamed: ['R', 'Renamed', 'text-info'],
  copied: ['C', 'Copied', 'text-info'],
  type_changed: ['T', 'Other kind of file', 'text-info'],
  unmerged: ['!', 'In conflict', 'text-danger'],
};

/** Git's letter for what became of a file. */
export function StateMark({ state }: { state: Change['state'] }) {
  const [letter, name, colour] = LOOKS[state];
  return (
    <span title={name} className={clsx('w-4 shrink-0 text-center font-mono text-sm font-semibold', colour)}>
      <span aria-hidden>{letter}</span>
      <span className="sr-only">{name}</span>
    </span>
  );
}
