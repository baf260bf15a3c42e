/** Files of the UI that did not come: those of a view that is loaded late, or of one that a new version has replaced. */
import { newestVersion, takeVersion } from './registration';

const AGAIN = 30_000; // milliseconds
const KEY = 'reloaded-for-files';

const lost = new WeakSet<Error>();

/** Whether it is because of such a file that a view broke. */
export function isLostFile(error: unknown): boolean {
  return error instanceof Error && lost.has(error);
}

/** A file may be gone from the workstation, as a new version is there: the page is taken anew. */
export function reloadWhenFilesAreGone(): void {
  window.addEventListener('vite:preloadError', ({ payload }) => {
    lost.add(payload);
    if (!reloadedLately()) void loadAnew();
  });
}

/** Loads the page anew, in the newest version that there is; false when the workstation does not answer. */
export async function loadAnew(): Promise<boolean> {
  const answer = await fetch('/healthz', { cache: 'no-store' }).catch(() => null);
  if (!answer) return false; // nothing is gone but the connection
  noteReload();
  // The worker of the version before has the page that names the files that are gone.
  takeVersion(await newestVersion());
  return true;
}

/** Where the browser keeps nothing, nobody could tell: the page would be loaded without end. */
function reloadedLately(): boolean {
  try {
    return Date.now() - Number(sessionStorage.getItem(KEY)) < AGAIN;
  } catch {
    return true;
  }
}

function noteReload(): void {
  try {
    sessionStorage.setItem(KEY, String(Date.now()));
  } catch {
    // It is not done again by itself.
  }
}
