import { FolderSearch, Search } from 'lucide-react';

import { useChat } from '../context';
import { relative, textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** A pattern, where it was looked for, and what was found. */
export default function SearchCard({ call, grouped }: CardProps) {
  const { cwd } = useChat();
  const { use, result } = call;
  const input = use?.input ?? {};
  const where = relative(textIn(input, 'path'), cwd);
  const only = textIn(input, 'glob') || textIn(input, 'type');
  const found = result?.output.trim() ?? '';
  const nothing = found === '' || /^No (files|matches) found/.test(found);
  const lines = nothing ? 0 : found.split('\n').length;
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={use?.toolName === 'Glob' ? FolderSearch : Search}
      name={use?.toolName ?? 'Search'}
      about={
        <>
          <span className="text-text">{textIn(input, 'pattern')}</span>
          {where && ` in ${where}`}
          {only && ` (${only})`}
        </>
      }
      extent={result && result.isError !== true ? (lines === 0 ? 'nothing' : `${lines} found`) : undefined}
    >
      {result && (
        <Output id={result.toolUseId} text={result.output} failed={result.isError === true} shown={16} />
      )}
    </ToolCard>
  );
}
