import type { UsageReport } from '@/api';
import { cost } from '@/lib/format';
import { TOKEN_NAMES, tokenTexts } from './days';
import { Table } from './table';

export function Models({ models }: { models: UsageReport['models'] }) {
  if (models.length === 0) return null;
  return (
    <section aria-label="By model" className="rounded-lg border bg-surface p-4">
      <h2 className="mb-1 font-semibold">By model</h2>
      <Table
        label="Usage by model"
        columns={['Model', 'Cost', ...TOKEN_NAMES]}
        rows={models.map(({ model, totalCostUsd, tokens }) => ({
          key: model,
          name: <span className="font-mono whitespace-nowrap">{model}</span>,
          numbers: [cost(totalCostUsd) || '$0', ...tokenTexts(tokens)],
        }))}
      />
    </section>
  );
}
