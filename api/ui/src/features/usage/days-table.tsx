import { ChevronRight } from 'lucide-react';
import { useState } from 'react';

import { cost } from '@/lib/format';
import { longDay, TOKEN_NAMES, tokenTexts, totalOf, type Day } from './days';
import { Table } from './table';

/** What the chart shows, in numbers: days on which something was used, newest first. */
export function DaysTable({ days }: { days: readonly Day[] }) {
  const [open, setOpen] = useState(false);
  const used = days.filter((day) => totalOf(day) > 0 || day.cost > 0).toReversed();
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="mt-3 inline-flex touch-target items-center gap-1 rounded-md text-sm text-muted hover:text-text"
      >
        <ChevronRight aria-hidden className={`size-4 transition-transform ${open ? 'rotate-90' : ''}`} />
        As a table
      </button>
      {open && (
        <Table
          label="Usage by day"
          columns={['Day', 'Cost', ...TOKEN_NAMES]}
          rows={used.map((day) => ({
            key: day.day,
            name: <span className="whitespace-nowrap">{longDay(day.day)}</span>,
            numbers: [cost(day.cost) || '$0', ...tokenTexts(day)],
          }))}
        />
      )}
    </>
  );
}
