/** What is open, as the address says it: a link to it leads to the same again, and back goes back. */
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';

export type Tab = 'changes' | 'history' | 'branches';

export interface Place {
  readonly cwd: string;
  readonly tab: Tab;
  /** A changed file, staged or not. */
  readonly file: string | null;
  readonly staged: boolean;
  readonly commit: string | null;
}

const LAST = 'git.repository';

export function lastRepository(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null; // storage is forbidden here
  }
}

export function keepRepository(cwd: string): void {
  try {
    localStorage.setItem(LAST, cwd);
  } catch {
    // it is a comfort only
  }
}

export function hrefOf(place: Partial<Place> & { cwd: string }): string {
  const { cwd, tab = 'changes', file, staged, commit } = place;
  const query = new URLSearchParams({
    cwd,
    ...(tab !== 'changes' && { tab }),
    ...(file && { file }),
    ...(staged && { staged: 'true' }),
    ...(commit && { commit }),
  });
  return `/git?${query}`;
}

/** `cwd` is null where the address names none. */
export function usePlace(): Omit<Place, 'cwd'> & { cwd: string | null } {
  const [search] = useSearchParams();
  return useMemo(() => {
    const tab = search.get('tab');
    return {
      cwd: search.get('cwd'),
      tab: tab === 'history' || tab === 'branches' ? tab : 'changes',
      file: search.get('file'),
      staged: search.get('staged') === 'true',
      commit: search.get('commit'),
    };
  }, [search]);
}
