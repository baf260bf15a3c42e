import { Globe } from 'lucide-react';

import { Markdown } from '@/lib/markdown';
import { textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** An address or a search, and what came back. */
export default function WebCard({ call, grouped }: CardProps) {
  const { use, result } = call;
  const input = use?.input ?? {};
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={Globe}
      name={use?.toolName === 'WebSearch' ? 'Web search' : 'Web'}
      about={textIn(input, 'url') || textIn(input, 'query')}
    >
      {result && (
        <>
          {textIn(input, 'prompt') && (
            <p className="border-b px-3 py-2 text-sm text-muted">{textIn(input, 'prompt')}</p>
          )}
          {result.isError === true ? (
            <Output id={result.toolUseId} text={result.output} failed />
          ) : (
            <Markdown text={result.output} className="max-h-96 overflow-y-auto px-3 py-2 text-sm" />
          )}
        </>
      )}
    </ToolCard>
  );
}
