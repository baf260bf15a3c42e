import { memo } from 'react';

import { Pictures } from '../pictures';
import type { Row } from '../rows';
import { ToolsRowView } from '../tools/tools-row';
import { GrowingRow } from './growing';
import { ErrorRow, EventRow, SummaryRow } from './marks';
import { PendingRow } from './pending';
import { TextRow, UserRow } from './said';
import { Thought } from './thought';

export const RowView = memo(function RowView({ row }: { row: Row }) {
  switch (row.kind) {
    case 'user':
      return <UserRow message={row.message} />;
    case 'text':
      return <TextRow row={row} />;
    case 'thought':
      return <Thought id={row.key} text={row.text} durationMs={row.durationMs} />;
    case 'growing':
      return <GrowingRow row={row} />;
    case 'tools':
      return <ToolsRowView row={row} />;
    case 'image':
      return <Pictures images={[row.image]} />;
    case 'error':
      return <ErrorRow error={row.error} />;
    case 'summary':
      return <SummaryRow text={row.text} />;
    case 'event':
      return <EventRow event={row.event} />;
    case 'pending':
      return <PendingRow prompt={row.prompt} />;
  }
});
