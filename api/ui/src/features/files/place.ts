/** What is open, as the address says it. */
import { useSearchParams } from 'wouter';

export function hrefOf(path: string | null): string {
  return path === null ? '/files' : `/files?${new URLSearchParams({ path })}`;
}

export function downloadOf(path: string): string {
  return `/api/files/download?${new URLSearchParams({ path })}`;
}

/** The path of the open file; null while none is open. */
export function useOpenFile(): string | null {
  const [search] = useSearchParams();
  return search.get('path');
}
