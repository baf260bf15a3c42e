import { Link } from 'wouter';

import type { UsageReport } from '@/api';
import { titleOf } from '@/features/sessions';
import { baseName, count, cost } from '@/lib/format';
import { totalOf } from './days';
import { Table } from './table';

/** Those that cost most, with the folder of each. */
export function Sessions({ sessions }: { sessions: UsageReport['sessions'] }) {
  if (sessions.length === 0) return null;
  return (
    <section aria-label="By session" className="rounded-lg border bg-surface p-4">
      <h2 className="mb-1 font-semibold">By session</h2>
      <Table
        label="Usage by session"
        columns={['Session', 'Cost', 'Tokens']}
        rows={sessions.map((session) => ({
          key: session.id,
          name: (
            <Link href={`/sessions/${session.id}`} className="block rounded-sm py-1 hover:underline">
              <span className="block truncate">{titleOf({ slug: null, ...session })}</span>
              <span className="block truncate text-xs text-muted" title={session.cwd}>
                {baseName(session.cwd)}
              </span>
            </Link>
          ),
          numbers: [cost(session.totalCostUsd) || '$0', count(totalOf(session.tokens))],
        }))}
      />
    </section>
  );
}
