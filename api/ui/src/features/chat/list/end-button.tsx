import { ArrowDown } from 'lucide-react';
import { useState } from 'react';

interface EndButtonProps {
  /** The key of the last row. */
  newest: string | null;
  onClick: () => void;
}

/** Leads to the end. It is there while the end is out of sight, and says when something came there meanwhile. */
export function EndButton({ newest, onClick }: EndButtonProps) {
  const [last] = useState(newest);
  const news = newest !== last;
  return (
    <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
      <button
        type="button"
        onClick={onClick}
        aria-label={news ? undefined : 'To the end'}
        className="pointer-events-auto inline-flex h-9 touch-target items-center justify-center gap-1.5 rounded-full border bg-raised px-3 text-sm font-medium shadow-md hover:bg-hover"
      >
        <ArrowDown aria-hidden className="size-4" />
        {news && 'New messages'}
      </button>
    </div>
  );
}
