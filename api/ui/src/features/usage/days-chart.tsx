/** The days as bars. What they say is also in the table below them, which is for everybody. */
import { Bar, BarChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts';

import { count, cost } from '@/lib/format';
import type { Measure } from '.';
import { longDay, shortDay, type Day } from './days';

const TOKENS = [
  ['input', 'Input', 'var(--info)'],
  ['output', 'Output', 'var(--accent)'],
  ['cacheRead', 'Cache read', 'var(--border-strong)'],
  ['cacheWrite', 'Cache written', 'var(--warning)'],
] as const;
const COST = [['cost', 'Cost', 'var(--accent)']] as const;

export default function DaysChart({ days, measure }: { days: readonly Day[]; measure: Measure }) {
  const bars = measure === 'cost' ? COST : TOKENS;
  const said = (value: unknown) => (measure === 'cost' ? cost(Number(value)) || '$0' : count(Number(value)));
  const tick = { fill: 'var(--muted)', fontSize: 12 };
  return (
    <div aria-hidden>
      <BarChart
        responsive
        accessibilityLayer={false}
        style={{ width: '100%', height: '14rem' }}
        data={days}
        margin={{ top: 4, right: 0, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--border)" />
        <XAxis
          dataKey="day"
          tickFormatter={shortDay}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--border)' }}
          minTickGap={24}
        />
        <YAxis width={52} tickFormatter={said} tick={tick} tickLine={false} axisLine={false} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--hover)' }}
          labelFormatter={(day) => (typeof day === 'string' ? longDay(day) : '')}
          formatter={said}
          contentStyle={{
            background: 'var(--raised)',
            border: '1px solid var(--border)',
            borderRadius: '0.5rem',
            color: 'var(--text)',
          }}
          itemStyle={{ color: 'var(--text)' }}
        />
        {bars.map(([key, name, colour], number) => (
          <Bar
            key={key}
            dataKey={key}
            name={name}
            stackId="day"
            fill={colour}
            maxBarSize={28}
            isAnimationActive={false}
            radius={number === bars.length - 1 ? [3, 3, 0, 0] : 0}
          />
        ))}
      </BarChart>
      {measure === 'tokens' && (
        <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-muted">
          {TOKENS.map(([key, name, colour]) => (
            <li key={key} className="inline-flex items-center gap-1.5">
              <span className="size-2.5 rounded-sm" style={{ background: colour }} />
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
