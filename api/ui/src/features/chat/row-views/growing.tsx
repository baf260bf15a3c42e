import { memo } from 'react';

import { Markdown } from '@/lib/markdown';
import { useSession } from '@/stream';
import { useChat } from '../context';
import type { Row } from '../rows';
import { Thought } from './thought';

/** A part that is being said. It alone follows every word. */
export const GrowingRow = memo(function GrowingRow({ row }: { row: Extract<Row, { kind: 'growing' }> }) {
  const { id } = useChat();
  const text = useSession(id, ({ streaming }) => streaming[row.index]?.parts[row.part]?.text ?? '');
  if (row.type === 'reasoning') return <Thought id={row.key} text={text} live />;
  return (
    // As high as the one that takes its place, with the line below it.
    <div className="pt-1 pb-8">
      <h2 className="sr-only">Claude</h2>
      <Markdown text={text} growing />
    </div>
  );
});
