import { Map as MapIcon } from 'lucide-react';

import { Markdown } from '@/lib/markdown';
import { textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** A plan, and what was said to it. */
export default function PlanCard({ call }: CardProps) {
  const { use, result } = call;
  const plan = textIn(use?.input ?? {}, 'plan');
  return (
    <ToolCard call={call} icon={MapIcon} name="Plan" opened>
      <Markdown text={plan} className="px-3 py-2" />
      {result?.isError === true && (
        <div className="border-t">
          <Output id={result.toolUseId} text={result.output} />
        </div>
      )}
    </ToolCard>
  );
}
