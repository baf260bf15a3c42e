/** What Claude Code cost, in dollars and in tokens: by day, by model, and by session. */
import { ChartColumn } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import type { UsageReport } from '@/api';
import { cost } from '@/lib/format';
import { Empty, ErrorState, Page, Select, Skeleton } from '@/ui';
import { everyDay, lastDays, TOKEN_NAMES, tokenTexts, totalOf, type Range } from './days';
import { DaysTable } from './days-table';
import { Limits } from './limits';
import { Models } from './models';
import { useUsage } from './queries';
import { Sessions } from './sessions';

const DaysChart = lazy(() => import('./days-chart'));

const RANGES = [7, 30, 90, 365] as const;

export type Measure = 'cost' | 'tokens';

export default function Usage() {
  const [days, setDays] = useState<number>(30);
  const range = lastDays(days);
  const usage = useUsage(range);
  return (
    <Page
      title="Usage"
      actions={
        <Select label="Range" hideLabel value={days} onChange={({ target }) => setDays(Number(target.value))}>
          {RANGES.map((number) => (
            <option key={number} value={number}>
              Last {number} days
            </option>
          ))}
        </Select>
      }
    >
      <div className="mx-auto flex max-w-4xl flex-col gap-6 p-4">
        <Limits />
        {usage.isPending && <Skeleton />}
        {usage.isError && !usage.data && (
          <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
        )}
        {usage.data && <Report report={usage.data} range={range} />}
      </div>
    </Page>
  );
}

function Report({ report, range }: { report: UsageReport; range: Range }) {
  const [measure, setMeasure] = useState<Measure>('cost');
  if (totalOf(report.tokens) === 0 && report.totalCostUsd === 0) {
    return (
      <Empty icon={<ChartColumn aria-hidden />} title="Nothing was used">
        No session had an answer in these days.
      </Empty>
    );
  }
  const days = everyDay(report.days, range);
  return (
    <>
      <Totals report={report} />
      <section aria-label="By day" className="rounded-lg border bg-surface p-4">
        <div className="mb-3 flex items-center justify-between gap-2">
          <h2 className="font-semibold">By day</h2>
          <div role="group" aria-label="Show" className="flex gap-1">
            {(['cost', 'tokens'] as const).map((kind) => (
              <button
                key={kind}
                type="button"
                aria-pressed={measure === kind}
                onClick={() => setMeasure(kind)}
                className="touch-target rounded-md px-3 py-1 text-sm text-muted capitalize hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent"
              >
                {kind}
              </button>
            ))}
          </div>
        </div>
        <Suspense fallback={<div role="status" aria-label="Loading" className="h-56" />}>
          <DaysChart days={days} measure={measure} />
        </Suspense>
        <DaysTable days={days} />
      </section>
      <Models models={report.models} />
      <Sessions sessions={report.sessions} />
      <p className="text-sm text-muted">
        Days are counted in UTC. Costs are what Claude Code wrote down; what came after that is estimated from
        list prices, and a subscription does not pay by them.
      </p>
    </>
  );
}

function Totals({ report: { totalCostUsd, tokens } }: { report: UsageReport }) {
  const texts = tokenTexts(tokens);
  const totals = [
    ['Cost', cost(totalCostUsd) || '$0'],
    ...TOKEN_NAMES.map((name, number) => [name, texts[number]] as const),
  ] as const;
  return (
    <dl aria-label="Totals" className="grid grid-cols-2 gap-3 sm:grid-cols-5">
      {totals.map(([name, value], number) => (
        <div
          key={name}
          className={`rounded-lg border bg-surface px-4 py-3 ${number === 0 ? 'col-span-2 sm:col-span-1' : ''}`}
        >
          <dt className="text-sm text-muted">{name}</dt>
          <dd className="text-xl font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
