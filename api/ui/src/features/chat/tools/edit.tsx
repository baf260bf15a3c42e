import { FilePen, FilePlus, NotebookPen } from 'lucide-react';
import { useMemo } from 'react';

import { DiffView, type FileDiff } from '@/lib/diff';
import { editsOf, pathOf, relative, textIn } from '@/lib/tools';
import { useChat } from '../context';
import { Clipped, Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

const ICONS = new Map([
  ['Write', FilePlus],
  ['NotebookEdit', NotebookPen],
]);

export function Extent({ diffs }: { diffs: readonly FileDiff[] }) {
  const added = diffs.reduce((sum, diff) => sum + diff.added, 0);
  const removed = diffs.reduce((sum, diff) => sum + diff.removed, 0);
  return (
    <span className="font-mono tabular-nums">
      <span className="text-success">+{added}</span> <span className="text-danger">−{removed}</span>
      <span className="sr-only"> lines</span>
    </span>
  );
}

/** A file that is changed or written, as the difference. */
export default function EditCard({ call, grouped }: CardProps) {
  const { cwd } = useChat();
  const { use, result } = call;
  const name = use?.toolName ?? 'Edit';
  const diffs = useMemo(() => (use ? editsOf(use.toolName, use.input) : []), [use]);
  const lines = diffs.reduce(
    (sum, diff) => sum + diff.hunks.reduce((count, hunk) => count + hunk.lines.length, 0),
    0,
  );
  const path = use ? pathOf(use.input) : '';
  const everywhere = use && textIn(use.input, 'replace_all') === 'true';
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={ICONS.get(name) ?? FilePen}
      name={name}
      about={relative(path, cwd)}
      extent={<Extent diffs={diffs} />}
      opened={!grouped}
    >
      {everywhere && <p className="border-b px-3 py-1 text-xs text-muted">Everywhere in the file</p>}
      <Clipped id={`diff ${use?.toolUseId ?? ''}`} lines={lines} shown={24} label={`Changes of ${path}`}>
        {diffs.map((diff, number) => (
          <DiffView key={number} diff={diff} lineNumbers={name === 'Write'} />
        ))}
      </Clipped>
      {result?.isError === true && (
        <div className="border-t">
          <Output id={result.toolUseId} text={result.output} failed />
        </div>
      )}
    </ToolCard>
  );
}
