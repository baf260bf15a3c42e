import { Bot } from 'lucide-react';
import { useEffect } from 'react';

import { count } from '@/lib/format';
import { Markdown } from '@/lib/markdown';
import { useSession, useSessionActions, type Subagent } from '@/stream';
import { Spinner } from '@/ui';
import { useChat } from '../context';
import { briefly, textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

const SHOWN = 8;

/** A subagent: what it is to do, its steps while it does it, and what it found. */
export default function TaskCard({ call }: CardProps) {
  const { id } = useChat();
  const { use, result } = call;
  const input = use?.input ?? {};
  const toolUseId = use?.toolUseId ?? '';
  const subagent = useSession(id, ({ subagents }) => subagents[toolUseId]);
  const actions = useSessionActions(id);
  // A stream tells only of those that are at work.
  const past = !subagent && result !== null;
  useEffect(() => {
    if (past) actions.loadSubagent(toolUseId);
  }, [past, toolUseId, actions]);
  const type = subagent?.agentType ?? textIn(input, 'subagent_type');
  const about = textIn(input, 'description') || (subagent?.description ?? '');
  const prompt = textIn(input, 'prompt') || (subagent?.prompt ?? '');
  return (
    <ToolCard
      call={call}
      icon={Bot}
      name={type || 'Subagent'}
      about={<span className="font-sans">{about}</span>}
      extent={subagent && <Spent subagent={subagent} />}
      opened
    >
      {prompt && (
        <details className="border-b px-3 py-1.5 text-sm">
          <summary className="text-muted">What it was told</summary>
          <p className="my-2 whitespace-pre-wrap">{prompt}</p>
        </details>
      )}
      {subagent && subagent.calls.length > 0 && <Steps subagent={subagent} />}
      {result ? (
        result.isError === true ? (
          <Output id={result.toolUseId} text={result.output} failed />
        ) : (
          <Markdown text={result.output} className="px-3 py-2 text-sm" />
        )
      ) : (
        !subagent && <p className="px-3 py-2 text-sm text-muted">No steps yet</p>
      )}
    </ToolCard>
  );
}

function Spent({ subagent: { calls, result } }: { subagent: Subagent }) {
  const steps = result?.toolUses ?? calls.length;
  const tokens = result?.totalTokens ?? null;
  return `${steps} ${steps === 1 ? 'step' : 'steps'}${tokens === null ? '' : ` · ${count(tokens)} tokens`}`;
}

/** The newest steps; all of them on demand. */
function Steps({ subagent: { calls, result } }: { subagent: Subagent }) {
  const { cwd } = useChat();
  const earlier = calls.slice(0, -SHOWN);
  const line = (step: Subagent['calls'][number], last: boolean) => (
    <li key={step.toolUseId} className="flex items-center gap-2 px-3 py-0.5 text-sm">
      <span className="w-16 shrink-0 truncate font-medium">{step.toolName}</span>
      <span className="min-w-0 grow truncate font-mono text-muted">
        {step.summary ?? briefly(step.input, cwd)}
      </span>
      {last && !result && <Seconds toolUseId={step.toolUseId} />}
    </li>
  );
  return (
    <div className="border-b py-1.5">
      {earlier.length > 0 && (
        <details>
          <summary className="px-3 py-0.5 text-sm text-muted">{earlier.length} earlier steps</summary>
          <ol aria-label="Earlier steps">{earlier.map((step) => line(step, false))}</ol>
        </details>
      )}
      <ol aria-label="Steps">
        {calls.slice(-SHOWN).map((step, number, newest) => line(step, number === newest.length - 1))}
      </ol>
    </div>
  );
}

function Seconds({ toolUseId }: { toolUseId: string }) {
  const { id } = useChat();
  const seconds = useSession(id, ({ toolProgress }) => toolProgress[toolUseId]);
  return (
    <span className="inline-flex items-center gap-1.5 text-xs text-info tabular-nums">
      {seconds !== undefined && seconds >= 1 && `${Math.round(seconds)} s`}
      <Spinner />
    </span>
  );
}
