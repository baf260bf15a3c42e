/** What is known of the session beside what was said: each as one short piece. */
import { clsx } from 'clsx';
import { GitBranch } from 'lucide-react';
import { Link } from 'wouter';

import type { RateLimit } from '@/api';
import { cost, count } from '@/lib/format';
import { useSession } from '@/stream';
import { useLimits } from './use-limits';

const FULL = 80; // percent of the context from which on it is soon compacted

export function ContextMeter({ id, wide = false }: { id: string; wide?: boolean }) {
  const usage = useSession(id, (state) => state.contextUsage);
  if (!usage) return null;
  const percent = Math.min(100, Math.round(usage.percent));
  const text = `${count(usage.used)} of ${count(usage.total)} tokens`;
  return (
    <span className="inline-flex items-center gap-1.5" title={`Context: ${text}`}>
      <span
        role="meter"
        aria-label="Context used"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent} percent, ${text}`}
        className={clsx('h-1.5 overflow-hidden rounded-full bg-border', wide ? 'w-28' : 'w-12')}
      >
        <span
          className={clsx('block h-full rounded-full', percent >= FULL ? 'bg-warning' : 'bg-accent')}
          style={{ width: `${percent}%` }}
        />
      </span>
      <span className={clsx('tabular-nums', percent >= FULL && 'text-warning')}>{percent} %</span>
    </span>
  );
}

export function Spent({ id }: { id: string }) {
  const usage = useSession(id, (state) => state.usage);
  if (!usage) return null;
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = usage.tokens;
  const tokens = input + output + cacheRead + cacheWrite;
  if (tokens === 0) return null;
  const details = [
    `${count(input)} in`,
    `${count(output)} out`,
    `${count(cacheRead)} read from the cache`,
    `${count(cacheWrite)} written to it`,
  ].join(', ');
  return (
    <span title={`Tokens: ${details}`} className="tabular-nums">
      {[cost(usage.totalCostUsd), `${count(tokens)} tokens`].filter(Boolean).join(' · ')}
    </span>
  );
}

export function Branch({ id, cwd }: { id: string; cwd: string }) {
  const git = useSession(id, (state) => state.git);
  if (!git?.branch) return null;
  const changed = git.files > 0;
  return (
    <Link
      href={`/git?cwd=${encodeURIComponent(cwd)}`}
      aria-label={`Branch ${git.branch}${changed ? ` +${git.insertions} −${git.deletions} in ${git.files} changed files` : ''}`}
      className="inline-flex touch-target min-h-6 min-w-0 items-center gap-1.5 hover:text-text hover:underline"
    >
      <GitBranch aria-hidden className="size-3.5 shrink-0" />
      <span className="max-w-40 truncate">{git.branch}</span>
      {changed && (
        <span className="font-mono tabular-nums">
          <span className="text-success">+{git.insertions}</span>{' '}
          <span className="text-danger">−{git.deletions}</span>
        </span>
      )}
    </Link>
  );
}

const KINDS: Readonly<Record<string, string>> = {
  five_hour: '5 hours',
  seven_day: '7 days',
  seven_day_opus: '7 days, Opus',
  seven_day_sonnet: '7 days, Sonnet',
  overage: 'Extra usage',
};

export function limitText({ kind, status, utilization, resetsAt }: RateLimit): string {
  const used =
    utilization === null || utilization === undefined ? '' : `, ${Math.round(utilization * 100)} % used`;
  const until = resetsAt
    ? `, anew ${new Date(resetsAt).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' })}`
    : '';
  const reached = status === 'rejected' ? ': reached' : '';
  return `${KINDS[kind] ?? kind}${reached}${used}${until}`;
}

/** The limits that are near or reached; all of them with `all`. */
export function RateLimits({ id, all = false }: { id: string; all?: boolean }) {
  const shown = useLimits(id).filter(({ status }) => all || status !== 'allowed');
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Rate limits" className="flex flex-wrap gap-x-3 gap-y-1">
      {shown.map((limit) => (
        <li
          key={limit.kind}
          className={clsx(
            limit.status === 'rejected' ? 'text-danger' : limit.status !== 'allowed' && 'text-warning',
          )}
        >
          {all ? limitText(limit) : `Limit ${limitText(limit)}`}
        </li>
      ))}
    </ul>
  );
}
