const AGAIN = 30_000; // milliseconds
const KEY = 'reloaded-for-files';

/** A view that is loaded late may be gone from the workstation, as a new version is there: the page is taken anew. */
export function reloadWhenFilesAreGone(): void {
  window.addEventListener('vite:preloadError', () => void reload());
}

async function reload(): Promise<void> {
  if (Date.now() - Number(sessionStorage.getItem(KEY)) < AGAIN) return;
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
  if (!answer) return; // nothing is gone but the connection
  sessionStorage.setItem(KEY, String(Date.now()));
  window.location.reload();
}
