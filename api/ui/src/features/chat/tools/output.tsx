import { clsx } from 'clsx';
import type { ReactNode } from 'react';

import { ScrollArea } from '@/lib/markdown';
import { useOpened } from '../context';
import { Ansi } from './ansi';

interface ClippedProps {
  /** Remembers under it whether all was asked for. */
  id: string;
  lines: number;
  /** How many are shown at first. */
  shown: number;
  label: string;
  /** Its lines are broken, so that it is never wider than its place. */
  wraps?: boolean;
  children: ReactNode;
  className?: string;
}

/** The beginning of something long, and a button for all of it. */
export function Clipped({ id, lines, shown, label, wraps = false, children, className }: ClippedProps) {
  const [all, toggle] = useOpened(`all ${id}`, false);
  const long = lines > shown + 3;
  const clipped = long && !all;
  // A line is 1.45 of 13 px high.
  const content = (
    <div style={clipped ? { maxHeight: `${shown * 1.178}rem`, overflow: 'hidden' } : undefined}>
      {children}
    </div>
  );
  return (
    <div className={className}>
      {wraps && !(long && all) ? (
        content
      ) : (
        <ScrollArea
          label={label}
          className={clsx(clipped && 'overflow-y-hidden', long && all && 'max-h-[70dvh]')}
        >
          {content}
        </ScrollArea>
      )}
      {long && (
        <button
          type="button"
          aria-expanded={all}
          onClick={toggle}
          className="block touch-target w-full border-t px-3 py-1 text-left text-xs font-medium text-muted hover:bg-hover hover:text-text"
        >
          {all ? 'Show less' : `Show all ${lines.toLocaleString()} lines`}
        </button>
      )}
    </div>
  );
}

interface OutputProps {
  id: string;
  text: string;
  failed?: boolean;
  shown?: number;
}

/** What a tool gave back, as text. */
export function Output({ id, text, failed = false, shown = 10 }: OutputProps) {
  const whole = text.replace(/\s+$/, '');
  if (whole === '') return <p className="px-3 py-2 text-sm text-muted">No output</p>;
  return (
    <Clipped id={id} lines={whole.split('\n').length} shown={shown} label="Output" wraps>
      <pre
        className={clsx(
          'px-3 py-2 font-mono text-sm break-words whitespace-pre-wrap',
          failed && 'text-danger',
        )}
      >
        <Ansi text={whole} />
      </pre>
    </Clipped>
  );
}
