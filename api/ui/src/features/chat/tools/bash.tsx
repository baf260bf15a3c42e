import { SquareTerminal } from 'lucide-react';

import { CodeLines } from '@/lib/highlight';
import { CopyButton, ScrollArea } from '@/lib/markdown';
import { Badge } from '@/ui';
import { exitState, textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** A command and what it printed. */
export default function BashCard({ call, grouped }: CardProps) {
  const { use, result } = call;
  const command = textIn(use?.input ?? {}, 'command');
  const description = textIn(use?.input ?? {}, 'description');
  const { code, output } = exitState(result?.output ?? '');
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={SquareTerminal}
      name="Bash"
      about={description === '' ? command : <span className="font-sans">{description}</span>}
      extent={code !== null ? <Badge tone="danger">exit {code}</Badge> : undefined}
      opened={!grouped}
    >
      <div className="flex items-start gap-1 bg-sunken pr-1">
        <ScrollArea label="Command" className="max-h-60 grow py-2 pl-3">
          <pre className="font-mono text-sm break-words whitespace-pre-wrap">
            <span aria-hidden className="text-faint select-none">
              ${' '}
            </span>
            <CodeLines code={command} language="bash" />
          </pre>
        </ScrollArea>
        <CopyButton text={command} label="Copy command" />
      </div>
      {result && (
        <div className="border-t">
          <Output id={result.toolUseId} text={output} failed={result.isError === true && code === null} />
        </div>
      )}
    </ToolCard>
  );
}
