/** What happened beside what was said. */
import { CircleAlert, Combine, Sparkles } from 'lucide-react';
import { memo, type ReactNode } from 'react';

import type { ErrorPart } from '@/api';
import { cost, count } from '@/lib/format';
import type { Row } from '../rows';

type Event = Extract<Row, { kind: 'event' }>['event'];

function Line({ icon, children }: { icon?: ReactNode; children: ReactNode }) {
  return (
    <div className="flex items-center gap-3 py-2 text-xs text-muted">
      <span aria-hidden className="h-px grow bg-border" />
      <span className="inline-flex items-center gap-1.5 [&>svg]:size-3.5">
        {icon}
        {children}
      </span>
      <span aria-hidden className="h-px grow bg-border" />
    </div>
  );
}

export const EventRow = memo(function EventRow({ event }: { event: Event }) {
  if (event.type === 'compact_boundary') {
    const before = event.tokensBefore ? ` · ${count(event.tokensBefore)} tokens before` : '';
    return (
      <Line icon={<Combine aria-hidden />}>
        {event.trigger === 'manual' ? 'Conversation compacted' : 'Conversation compacted by itself'}
        {before}
      </Line>
    );
  }
  if (event.type === 'session_result') {
    const spent = cost(event.totalCostUsd);
    return (
      <Line>
        {event.numTurns} {event.numTurns === 1 ? 'turn' : 'turns'}
        {spent && ` · ${spent}`}
      </Line>
    );
  }
  return <p className="py-1 text-center text-xs break-words whitespace-pre-wrap text-muted">{event.text}</p>;
});

export function ErrorRow({ error }: { error: Pick<ErrorPart, 'message'> }) {
  return (
    <div className="my-1 flex gap-2 rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span className="min-w-0 break-words whitespace-pre-wrap">{error.message}</span>
    </div>
  );
}

export function SummaryRow({ text }: { text: string }) {
  return (
    <p className="flex items-start gap-2 py-1 text-sm text-muted">
      <Sparkles aria-hidden className="mt-0.5 size-4 shrink-0" />
      <span>
        <span className="sr-only">Summary: </span>
        {text}
      </span>
    </p>
  );
}
