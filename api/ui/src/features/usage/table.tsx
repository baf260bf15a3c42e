import type { ReactNode } from 'react';

import { ScrollArea } from '@/lib/markdown';

interface Props {
  label: string;
  /** The first is of names, the others of numbers. */
  columns: readonly string[];
  rows: readonly { key: string; name: ReactNode; numbers: readonly string[] }[];
}

/** Names and their numbers. Narrower than its columns, it scrolls. */
export function Table({ label, columns, rows }: Props) {
  return (
    <ScrollArea label={label}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b text-muted">
            {columns.map((column, number) => (
              <th
                key={column}
                scope="col"
                className={`py-2 font-medium whitespace-nowrap ${number === 0 ? 'pr-3 text-left' : 'pl-3 text-right'}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, numbers }) => (
            <tr key={key} className="border-b last:border-b-0">
              <th scope="row" className="max-w-72 py-2 pr-3 text-left font-normal">
                {name}
              </th>
              {numbers.map((number, column) => (
                <td key={columns[column + 1]} className="py-2 pl-3 text-right tabular-nums">
                  {number}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
