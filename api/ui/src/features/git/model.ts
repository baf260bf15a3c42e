/** What the view shows of a repository, from what the API says of it. */
import type { GitBranch, GitFile } from '@/api';

export type Side = 'conflicts' | 'staged' | 'unstaged';

export interface Change {
  readonly file: GitFile;
  readonly side: Side;
  readonly state: GitFile['index'] | 'untracked';
}

export type ChangeRow =
  | { readonly kind: 'group'; readonly key: string; readonly side: Side; readonly changes: readonly Change[] }
  | { readonly kind: 'change'; readonly key: string; readonly change: Change };

const SIDES: readonly Side[] = ['conflicts', 'staged', 'unstaged'];

/** Where a file is listed: one that was staged and changed again is listed twice. */
function sidesOf(file: GitFile): readonly Side[] {
  if (file.conflicted) return ['conflicts'];
  const changed = file.untracked || file.worktree !== 'unmodified';
  return [...(file.staged ? (['staged'] as const) : []), ...(changed ? (['unstaged'] as const) : [])];
}

function stateOn(side: Side, file: GitFile): Change['state'] {
  if (side === 'conflicts') return 'unmerged';
  if (side === 'staged') return file.index;
  return file.untracked ? 'untracked' : file.worktree;
}

export function changesOf(files: readonly GitFile[], side: Side): Change[] {
  return files
    .filter((file) => sidesOf(file).includes(side))
    .map((file) => ({ file, side, state: stateOn(side, file) }));
}

/** Groups that have files, each under its name. */
export function changeRows(files: readonly GitFile[]): ChangeRow[] {
  return SIDES.flatMap((side): ChangeRow[] => {
    const changes = changesOf(files, side);
    if (changes.length === 0) return [];
    return [
      { kind: 'group', key: side, side, changes },
      ...changes.map((change): ChangeRow => ({
        kind: 'change',
        key: `${side} ${change.file.path}`,
        change,
      })),
    ];
  });
}

/** The names that a move of these files is about: of a renamed one, the old name as well. */
export function pathsOf(changes: readonly Change[]): string[] {
  return changes.flatMap(({ file, side }) =>
    side === 'staged' && file.originalPath !== null && file.index === 'renamed'
      ? [file.originalPath, file.path]
      : [file.path],
  );
}

/** Known of the file as a whole, so told only where all of it is on one side. */
export function lineCounts(file: GitFile): { added: number; removed: number } | null {
  if (file.binary || file.untracked || sidesOf(file).length > 1) return null;
  return { added: file.insertions, removed: file.deletions };
}

export interface BranchChoice extends GitBranch {
  /** What to switch to: of a remote's branch, the local one of that name, which git makes to follow it. */
  readonly target: string;
}

/** Local branches, and those of remotes that have no local one yet; with these words in their names. */
export function branchChoices(branches: readonly GitBranch[], words: string): BranchChoice[] {
  const local = new Set(branches.filter(({ remote }) => !remote).map(({ name }) => name));
  return branches
    .map((branch) => ({ ...branch, target: branch.remote ? withoutRemote(branch.name) : branch.name }))
    .filter(({ remote, target }) => !remote || !local.has(target))
    .filter(({ name }) => name.toLowerCase().includes(words.trim().toLowerCase()));
}

function withoutRemote(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}
