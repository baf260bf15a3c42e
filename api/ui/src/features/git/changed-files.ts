/** The files of a diff, those too that have no lines to show. */
import { parseDiff, type FileDiff } from '@/lib/diff';

export interface ChangedFile {
  readonly path: string;
  /** Its name before, where it had another one. */
  readonly from: string | null;
  readonly state: 'added' | 'deleted' | 'renamed' | 'modified';
  readonly binary: boolean;
  /** Null without changed lines: a binary file, a name or a mode alone. */
  readonly diff: FileDiff | null;
}

/** Every line of content begins with a sign of its own, so that this is where a file begins and nowhere else. */
const BEGIN = /^(?=diff --git )/m;

export function changedFiles(diff: string): ChangedFile[] {
  return diff
    .split(BEGIN)
    .filter((part) => part.startsWith('diff --git '))
    .map(changedFile);
}

function changedFile(part: string): ChangedFile {
  const start = part.search(/^@@ /m);
  const header = start < 0 ? part : part.slice(0, start);
  const line = (pattern: RegExp) => pattern.exec(header)?.[1] ?? null;
  const from = line(/^rename from (.+)$/m);
  const diff = parseDiff(part)[0] ?? null;
  const path =
    line(/^rename to (.+)$/m) ??
    diff?.path ??
    line(/^diff --git a\/(.+) b\/\1$/m) ??
    line(/ b\/(.+)$/m) ??
    '';
  const state = /^new file mode/m.test(header)
    ? 'added'
    : /^deleted file mode/m.test(header)
      ? 'deleted'
      : from
        ? 'renamed'
        : 'modified';
  return { path, from, state, binary: /^(Binary files|GIT binary patch)/m.test(header), diff };
}

const AT_ONCE = 1500; // changed lines

/** How many files, from the first on, can be open without making a page slow. */
export function readableAtOnce(files: readonly ChangedFile[]): number {
  let lines = 0;
  const over = files.findIndex(({ diff }) => (lines += diff ? diff.added + diff.removed : 0) > AT_ONCE);
  return over < 0 ? files.length : over;
}
