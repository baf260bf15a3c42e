import { expect, test } from 'vitest';

import { changedFiles, readableAtOnce, type ChangedFile } from './changed-files';

const DIFF = `diff --git a/src/a b.ts b/src/a b.ts
index 1111111..2222222 100644
--- a/src/a b.ts
+++ b/src/a b.ts
@@ -1,2 +1,2 @@
 same
-diff --git a/x b/x
+rename from here
diff --git a/old.txt b/new.txt
similarity index 100%
rename from old.txt
rename to new.txt
diff --git a/picture.png b/picture.png
new file mode 100644
index 0000000..3333333
Binary files /dev/null and b/picture.png differ
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
index 4444444..0000000
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-bye
`;

test('every file of a diff is told, with lines or without', () => {
  const told = changedFiles(DIFF).map(({ path, from, state, binary, diff }) => [
    path,
    from,
    state,
    binary,
    diff && [diff.added, diff.removed],
  ]);
  expect(told).toEqual([
    ['src/a b.ts', null, 'modified', false, [1, 1]],
    ['new.txt', 'old.txt', 'renamed', false, null],
    ['picture.png', null, 'added', true, null],
    ['run.sh', null, 'modified', false, null],
    ['gone.txt', null, 'deleted', false, [0, 1]],
  ]);
});

test('what is no diff has no files', () => {
  expect(changedFiles('')).toEqual([]);
  expect(changedFiles('fatal: bad revision')).toEqual([]);
});

test('a huge commit opens with as many files as can be read at once', () => {
  const file = (added: number) =>
    ({ diff: { path: null, hunks: [], added, removed: 0 } }) as unknown as ChangedFile;
  expect(readableAtOnce([file(700), file(700), file(700), file(1)])).toBe(2);
  expect(readableAtOnce([file(5000)])).toBe(0);
  expect(readableAtOnce([file(1), file(1)])).toBe(2);
});
