/** What changed between two texts, or as a unified diff says it, line by line. */
import { structuredPatch, parsePatch, type StructuredPatch, type StructuredPatchHunk } from 'diff';

export interface DiffLine {
  readonly kind: 'context' | 'added' | 'removed';
  /** Its number in the old and in the new text, counted from 1; null in the one where it is not. */
  readonly before: number | null;
  readonly after: number | null;
  readonly text: string;
}

export interface Hunk {
  readonly lines: readonly DiffLine[];
}

export interface FileDiff {
  /** Null where the diff names none. */
  readonly path: string | null;
  readonly hunks: readonly Hunk[];
  readonly added: number;
  readonly removed: number;
}

// Past this many milliseconds the texts have so little in common that their difference is both of them.
const PATIENCE = 300;

/** The difference of two texts. */
export function diffOf(before: string, after: string, path: string | null = null, context = 3): FileDiff {
  const patch = structuredPatch('', '', before, after, '', '', { context, timeout: PATIENCE });
  return patch ? fileDiff(patch, path) : replaced(before, after, path);
}

/** The files of a unified diff; none for a text that is no diff. */
export function parseDiff(text: string): readonly FileDiff[] {
  try {
    return parsePatch(text)
      .filter(({ hunks }) => hunks.length > 0)
      .map((patch) => fileDiff(patch, nameOf(patch)));
  } catch {
    return [];
  }
}

function nameOf(patch: StructuredPatch): string | null {
  const named = [patch.newFileName, patch.oldFileName].find((name) => name && name !== '/dev/null');
  return named?.replace(/^[ab]\//, '') ?? null;
}

function fileDiff(patch: StructuredPatch, path: string | null): FileDiff {
  return counted(path, patch.hunks.map(hunkOf));
}

function counted(path: string | null, hunks: readonly Hunk[]): FileDiff {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const added = lines.filter(({ kind }) => kind === 'added').length;
  return { path, hunks, added, removed: lines.filter(({ kind }) => kind === 'removed').length };
}

function hunkOf({ oldStart, newStart, lines }: StructuredPatchHunk): Hunk {
  let [before, after] = [oldStart, newStart];
  const shown: DiffLine[] = [];
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith('+')) shown.push({ kind: 'added', before: null, after: after++, text });
    else if (line.startsWith('-')) shown.push({ kind: 'removed', before: before++, after: null, text });
    else if (line.startsWith(' ')) shown.push({ kind: 'context', before: before++, after: after++, text });
  }
  return { lines: shown };
}

function replaced(before: string, after: string, path: string | null): FileDiff {
  const removed = linesOf(before).map((text, number): DiffLine => ({
    kind: 'removed',
    before: number + 1,
    after: null,
    text,
  }));
  const added = linesOf(after).map((text, number): DiffLine => ({
    kind: 'added',
    before: null,
    after: number + 1,
    text,
  }));
  return counted(path, [{ lines: [...removed, ...added] }]);
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}
