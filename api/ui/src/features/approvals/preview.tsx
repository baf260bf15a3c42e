import { useMemo } from 'react';

import type { Approval } from '@/api';
import { DiffView } from '@/lib/diff';
import { CodeBlock, ScrollArea } from '@/lib/markdown';
import { editsOf, pathOf, relative, textIn } from '@/lib/tools';

const WRITING: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'NotebookEdit', 'Write']);

interface PreviewProps {
  approval: Pick<Approval, 'toolName' | 'input'>;
  cwd: string;
}

/** What would be done: the command, the difference, or all that the tool is given. */
export function Preview({ approval: { toolName, input }, cwd }: PreviewProps) {
  if (WRITING.has(toolName)) return <Changes {...{ toolName, input, cwd }} />;
  const command = textIn(input, 'command');
  if (toolName === 'Bash' && command !== '')
    return (
      <div className="[&>:first-child]:mt-0">
        {textIn(input, 'description') && <p className="text-sm text-muted">{textIn(input, 'description')}</p>}
        <CodeBlock
          code={command}
          name="bash"
          className="max-h-60 [&_pre]:w-auto [&_pre]:whitespace-pre-wrap"
        />
      </div>
    );
  return (
    <div className="[&>:first-child]:mt-0">
      <CodeBlock code={JSON.stringify(input, null, 2)} name="json" className="max-h-60" />
    </div>
  );
}

interface ChangesProps {
  toolName: string;
  input: Approval['input'];
  cwd: string;
}

function Changes({ toolName, input, cwd }: ChangesProps) {
  const diffs = useMemo(() => editsOf(toolName, input), [toolName, input]);
  const path = relative(pathOf(input), cwd);
  return (
    <div className="mb-3 overflow-hidden rounded-md border">
      <p className="border-b bg-sunken px-3 py-1.5 font-mono text-xs break-all text-muted">{path}</p>
      <ScrollArea label={`Changes of ${path}`} className="max-h-72">
        {diffs.map((diff, number) => (
          <DiffView key={number} diff={diff} lineNumbers={toolName === 'Write'} />
        ))}
      </ScrollArea>
    </div>
  );
}
