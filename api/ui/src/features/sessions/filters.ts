import type { SessionStatus } from '@/api';

/** What the list is to show; an empty text is no filter. */
export interface Filters {
  readonly q: string;
  readonly cwd: string;
  readonly status: SessionStatus | '';
  readonly archived: boolean;
}

export const NO_FILTERS: Filters = { q: '', cwd: '', status: '', archived: false };

export function isFiltered(filters: Filters): boolean {
  return filters.q !== '' || filters.cwd !== '' || filters.status !== '' || filters.archived;
}

export function queryOf({ q, cwd, status, archived }: Filters) {
  return {
    ...(q && { q }),
    ...(cwd && { cwd }),
    ...(status && { status }),
    ...(archived && { archived }),
  };
}
