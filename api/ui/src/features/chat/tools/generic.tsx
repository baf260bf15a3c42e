import { Plug, Wrench } from 'lucide-react';

import { CodeLines } from '@/lib/highlight';
import { ScrollArea } from '@/lib/markdown';
import { useChat } from '../context';
import { Pictures } from '../pictures';
import { briefly, mcpName } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** Any tool: what it was given and what it gave back. */
export default function GenericCard({ call, grouped }: CardProps) {
  const { cwd } = useChat();
  const { use, result, images } = call;
  const mcp = mcpName(use?.toolName ?? '');
  const input = use?.input ?? {};
  const given = Object.keys(input).length > 0 ? asJson(input) : '';
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={mcp ? Plug : Wrench}
      name={mcp ? `${mcp.server} · ${mcp.tool}` : use ? use.toolName : 'An earlier tool'}
      about={use?.summary ?? briefly(input, cwd)}
    >
      {(given !== '' || result !== null) && (
        <>
          {given !== '' && (
            <ScrollArea label="Input" className="max-h-60 bg-sunken px-3 py-2">
              <pre className="font-mono text-sm break-words whitespace-pre-wrap">
                <CodeLines code={given} language="json" />
              </pre>
            </ScrollArea>
          )}
          {result && (
            <div className="border-t">
              <Output id={result.toolUseId} text={result.output} failed={result.isError === true} />
            </div>
          )}
          {images.length > 0 && <Pictures images={images} className="p-3" />}
        </>
      )}
    </ToolCard>
  );
}

export function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2);
  } catch {
    return String(value);
  }
}
