/**
 * What was typed into files and is not saved. It outlives the view, not the page: leaving that asks first.
 */
import { useSyncExternalStore } from 'react';

export interface Draft {
  readonly text: string;
  /** Of the version that was edited. */
  readonly etag: string;
}

const drafts = new Map<string, Draft>();
const listeners = new Set<() => void>();

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

export function writeDraft(path: string, draft: Draft | null): void {
  if (draft === null) drafts.delete(path);
  else drafts.set(path, draft);
  // A page with such a listener cannot be kept for going back at once, so it is there only while it is needed.
  if (drafts.size) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
  listeners.forEach((listener) => listener());
}

/** Its text was saved and is now the version `etag`; what was typed meanwhile stays, as an edit of that version. */
export function settleDraft(path: string, saved: string, etag: string): void {
  const draft = readDraft(path);
  if (draft) writeDraft(path, draft.text === saved ? null : { text: draft.text, etag });
}

/** What was renamed takes its drafts along: itself, or everything in it. */
export function moveDrafts(source: string, target: string): void {
  for (const [path, draft] of [...drafts]) {
    if (path !== source && !path.startsWith(`${source}/`)) continue;
    writeDraft(path, null);
    writeDraft(target + path.slice(source.length), draft);
  }
}

export function dropDrafts(path: string): void {
  for (const known of [...drafts.keys()])
    if (known === path || known.startsWith(`${path}/`)) writeDraft(known, null);
}

export function readDraft(path: string): Draft | null {
  return drafts.get(path) ?? null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useDraft(path: string): Draft | null {
  return useSyncExternalStore(subscribe, () => readDraft(path));
}
