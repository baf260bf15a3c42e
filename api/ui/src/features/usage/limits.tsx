/** How much of each limit is used, as Claude last said; nothing where it has said nothing. */
import type { RateLimit } from '@/api';
import { Notice } from '@/ui';
import { useRateLimits } from './queries';

const NAMES: Readonly<Record<string, string>> = {
  five_hour: '5 hours',
  seven_day: '7 days',
  seven_day_opus: '7 days, Opus',
  seven_day_sonnet: '7 days, Sonnet',
};

const FILLS: Readonly<Record<RateLimit['status'], string>> = {
  allowed: 'bg-accent',
  allowed_warning: 'bg-warning',
  rejected: 'bg-danger',
};

export function Limits() {
  const limits = useRateLimits();
  if (limits.isError) return <Notice kind="warning">{limits.error.message}</Notice>;
  if (!limits.data?.length) return null;
  return (
    <section aria-label="Rate limits" className="rounded-lg border bg-surface p-4">
      <h2 className="mb-3 font-semibold">Rate limits</h2>
      <ul className="grid gap-4 sm:grid-cols-2">
        {limits.data.map((limit) => (
          <li key={limit.kind}>
            <Limit limit={limit} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Limit({ limit: { kind, status, utilization, resetsAt } }: { limit: RateLimit }) {
  const name = NAMES[kind] ?? kind;
  const percent = utilization == null ? null : Math.round(utilization * 100);
  return (
    <>
      <p className="flex justify-between gap-2 text-sm">
        <span>{name}</span>
        <span className="text-muted tabular-nums">
          {status === 'rejected' ? 'Reached' : percent === null ? 'Not reached' : `${percent} % used`}
        </span>
      </p>
      {percent !== null && (
        <div
          role="meter"
          aria-label={`${name} used`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.min(100, percent)}
          className="mt-1 h-2 overflow-hidden rounded-full bg-sunken"
        >
          <div className={`h-full ${FILLS[status]}`} style={{ width: `${Math.min(100, percent)}%` }} />
        </div>
      )}
      {resetsAt && (
        <p className="mt-1 text-xs text-muted">
          Anew {new Date(resetsAt).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })}
        </p>
      )}
    </>
  );
}
