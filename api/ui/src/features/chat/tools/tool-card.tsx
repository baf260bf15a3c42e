/** The frame of every tool's card: one line that says what it does and how far it is, and below it what is to be seen. */
import { clsx } from 'clsx';
import { Ban, Check, ChevronRight, CircleX, Hand, type LucideIcon } from 'lucide-react';
import { useId, type ReactNode } from 'react';

import { Badge, Spinner } from '@/ui';
import { useOpened } from '../context';
import type { ToolCall } from '../rows';
import { useCallState, type CallState } from './call-state';

export interface CardProps {
  call: ToolCall;
  /** Below the name of its run, which names the tool. */
  grouped?: boolean;
}

interface ToolCardProps extends CardProps {
  icon: LucideIcon;
  name: string;
  /** What it is about, on one line. */
  about?: ReactNode;
  /** At the end of the line: how much there is of it. */
  extent?: ReactNode;
  /** Whether `children` are seen without asking. What waits for a person is shown with the question. */
  opened?: boolean;
  children?: ReactNode;
}

export function ToolCard({
  call,
  grouped,
  icon: Icon,
  name,
  about,
  extent,
  opened = false,
  children,
}: ToolCardProps) {
  const key = call.use?.toolUseId ?? call.result?.toolUseId ?? '';
  const { state, seconds } = useCallState(call);
  const [open, toggle] = useOpened(key, state === 'failed' || (opened && state !== 'waiting'));
  const body = useId();
  const hasBody = children !== undefined && children !== null && children !== false;
  const line = (
    <>
      {!grouped && <Icon aria-hidden className="size-4 shrink-0 text-muted" />}
      <span className={clsx('shrink-0 text-sm font-medium', grouped && 'sr-only')}>{name}</span>
      <span className="min-w-0 grow truncate text-left font-mono text-sm text-muted">{about}</span>
      {extent !== undefined && <span className="shrink-0 text-xs text-muted">{extent}</span>}
      <StateMark state={state} seconds={seconds} />
      {hasBody && (
        <ChevronRight
          aria-hidden
          className={clsx('size-4 shrink-0 text-faint transition-transform', open && 'rotate-90')}
        />
      )}
    </>
  );
  const look = 'flex min-h-9 w-full items-center gap-2 px-3 py-1.5';
  return (
    <div className={clsx('overflow-hidden', !grouped && 'rounded-md border bg-surface')}>
      {hasBody ? (
        <button
          type="button"
          aria-expanded={open}
          aria-controls={open ? body : undefined}
          onClick={toggle}
          className={clsx(look, 'touch-target hover:bg-hover focus-visible:-outline-offset-2')}
        >
          {line}
        </button>
      ) : (
        <div className={look}>{line}</div>
      )}
      {hasBody && open && (
        <div id={body} className="border-t">
          {children}
        </div>
      )}
    </div>
  );
}

export function StateMark({ state, seconds }: { state: CallState; seconds: number | null }) {
  if (state === 'waiting')
    return (
      <Badge tone="warning">
        <Hand aria-hidden className="size-3" />
        Needs you
      </Badge>
    );
  if (state === 'running')
    return (
      <span className="inline-flex shrink-0 items-center gap-1.5 text-xs text-info">
        {seconds !== null && seconds >= 1 && <span className="tabular-nums">{Math.round(seconds)} s</span>}
        <Spinner />
        <span className="sr-only">running</span>
      </span>
    );
  const [Icon, look, say] = {
    done: [Check, 'text-success', 'done'] as const,
    failed: [CircleX, 'text-danger', 'failed'] as const,
    stopped: [Ban, 'text-faint', 'stopped'] as const,
  }[state];
  return (
    <span className="shrink-0">
      <Icon aria-hidden className={clsx('size-4', look)} />
      <span className="sr-only">{say}</span>
    </span>
  );
}
