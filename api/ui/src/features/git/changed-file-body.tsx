import { clsx } from 'clsx';
import { useState } from 'react';

import { DiffView } from '@/lib/diff';
import { ScrollArea } from '@/lib/markdown';
import { Button, Notice } from '@/ui';
import type { ChangedFile } from './changed-files';

// More lines than anybody reads at once make the page slow: they are shown when they are asked for.
const MANY = 3000;

interface Props {
  path: string;
  /** Null where git has nothing to tell of it. */
  file: ChangedFile | null;
  truncated?: boolean;
  className?: string;
}

export function ChangedFileBody({ path, file, truncated = false, className }: Props) {
  const [all, setAll] = useState(false);
  const lines = file?.diff?.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0) ?? 0;
  return (
    <ScrollArea label={`Changes of ${path}`} className={clsx('bg-surface', className)}>
      {truncated && (
        <div className="p-3">
          <Notice kind="warning">The diff is too long; this is the beginning of it.</Notice>
        </div>
      )}
      {!file?.diff ? (
        <p className="p-4 text-sm text-muted">{without(file)}</p>
      ) : lines > MANY && !all ? (
        <div className="p-4">
          <Button onClick={() => setAll(true)}>Show {lines} lines</Button>
        </div>
      ) : (
        <DiffView diff={file.diff} lineNumbers />
      )}
    </ScrollArea>
  );
}

function without(file: ChangedFile | null): string {
  if (!file) return 'Git shows no changed lines of it.';
  if (file.binary) return 'A binary file: there are no lines to show.';
  if (file.from) return `Renamed from ${file.from}, with the same content.`;
  if (file.state === 'added') return 'A new, empty file.';
  if (file.state === 'deleted') return 'An empty file was deleted.';
  return 'Only its mode changed.';
}
