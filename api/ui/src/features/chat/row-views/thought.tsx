/** What the model thought: a line that opens, once it is over. */
import { clsx } from 'clsx';
import { Brain, ChevronRight } from 'lucide-react';
import { memo, useEffect, useId, useState } from 'react';

import { Markdown } from '@/lib/markdown';
import { useOpened } from '../context';

interface ThoughtProps {
  id: string;
  text: string;
  durationMs?: number | null;
  /** It is being thought. */
  live?: boolean;
}

export const Thought = memo(function Thought({ id, text, durationMs = null, live = false }: ThoughtProps) {
  const [open, toggle] = useOpened(`thought ${id}`, live);
  const body = useId();
  const title = live ? <Thinking /> : durationMs === null ? 'Thought' : `Thought for ${duration(durationMs)}`;
  const line = (
    <>
      <Brain
        aria-hidden
        className={clsx('size-4 shrink-0', live && 'animate-pulse motion-reduce:animate-none')}
      />
      <span>{title}</span>
    </>
  );
  if (text.trim() === '') return <div className="flex h-9 items-center gap-2 text-sm text-muted">{line}</div>;
  return (
    <div className="py-0.5 text-sm text-muted">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? body : undefined}
        onClick={toggle}
        className="-ml-2 flex touch-target min-h-8 items-center gap-2 rounded-md px-2 hover:bg-hover hover:text-text"
      >
        {line}
        <ChevronRight
          aria-hidden
          className={clsx('size-4 text-faint transition-transform', open && 'rotate-90')}
        />
      </button>
      {open && (
        <div id={body} className="mt-1 border-l-2 pl-4">
          <Markdown text={text} growing={live} />
        </div>
      )}
    </div>
  );
});

export function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function Thinking() {
  const [since] = useState(() => Date.now());
  const [now, setNow] = useState(since);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      Thinking<span aria-hidden> · {duration(now - since)}</span>
    </>
  );
}
