/** A tool that was used, or a run of the same one: then its name stands once, above all of them. */
import { Layers } from 'lucide-react';
import { Component, createElement, memo, Suspense, type ReactNode } from 'react';

import type { ToolCall, ToolsRow } from '../rows';
import { useOpened } from '../context';
import GenericCard from './generic';
import { briefly, mcpName } from '@/lib/tools';
import { cardFor } from './registry';
import { StateMark } from './tool-card';
import { useCallState } from './call-state';

const SHOWN = 4;

export const ToolsRowView = memo(function ToolsRowView({ row }: { row: ToolsRow }) {
  const [first, ...others] = row.calls;
  if (!first || others.length === 0) return first && <Card call={first} />;
  return <Run row={row} />;
});

function Run({ row: { key, name, calls } }: { row: ToolsRow }) {
  const [all, toggle] = useOpened(key, false);
  const mcp = mcpName(name);
  const title = mcp ? `${mcp.server} · ${mcp.tool}` : name || 'Earlier tools';
  const hidden = all ? 0 : Math.max(0, calls.length - SHOWN);
  return (
    <section
      aria-label={`${title}, ${calls.length} times`}
      className="overflow-hidden rounded-md border bg-surface"
    >
      <div className="flex min-h-9 items-center gap-2 border-b px-3 py-1.5">
        <Layers aria-hidden className="size-4 text-muted" />
        <span className="grow text-sm font-medium">{title}</span>
        <span className="text-xs text-muted">{calls.length} times</span>
      </div>
      {calls.length > SHOWN && (
        <button
          type="button"
          aria-expanded={all}
          onClick={toggle}
          className="block touch-target w-full border-b px-3 py-1 text-left text-xs font-medium text-muted hover:bg-hover hover:text-text"
        >
          {all ? 'Show the newest only' : `Show ${hidden} earlier`}
        </button>
      )}
      <ul className="divide-y">
        {calls.slice(hidden).map((call, number) => (
          <li key={call.use?.toolUseId ?? call.result?.toolUseId ?? number}>
            <Card call={call} grouped />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Props {
  call: ToolCall;
  grouped?: boolean;
}

const Card = memo(function Card({ call, grouped = false }: Props) {
  const card = createElement(cardFor(call.use?.toolName ?? ''), { call, grouped });
  return (
    <Fallback otherwise={<GenericCard call={call} grouped={grouped} />}>
      <Suspense fallback={<Loading call={call} />}>{card}</Suspense>
    </Fallback>
  );
});

/** The line of a card whose code is on its way. */
function Loading({ call }: { call: ToolCall }) {
  const { state, seconds } = useCallState(call);
  return (
    <div className="flex min-h-9 items-center gap-2 rounded-md border bg-surface px-3 py-1.5">
      <span className="text-sm font-medium">{call.use?.toolName}</span>
      <span className="min-w-0 grow truncate font-mono text-sm text-muted">
        {briefly(call.use?.input ?? {})}
      </span>
      <StateMark state={state} seconds={seconds} />
    </div>
  );
}

/** An input that a card was not made for is shown as it is. */
class Fallback extends Component<{ otherwise: ReactNode; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}
