/** What somebody has typed and not sent, by session. A browser that keeps nothing loses it with the page. */
const key = (id: string) => `draft:${id}`;

export function readDraft(id: string): string {
  try {
    return localStorage.getItem(key(id)) ?? '';
  } catch {
    return '';
  }
}

export function writeDraft(id: string, text: string): void {
  try {
    if (text) localStorage.setItem(key(id), text);
    else localStorage.removeItem(key(id));
  } catch {
    // It stays in the page.
  }
}

export function moveDraft(from: string, to: string): void {
  const text = readDraft(from);
  if (text) writeDraft(to, text);
  writeDraft(from, '');
}
