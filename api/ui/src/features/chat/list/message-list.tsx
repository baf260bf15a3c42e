/**
 * The conversation. Only the rows near the screen are there.
 *
 * The list keeps to the end while it is at the end. Otherwise what is on the screen stays where it is, whatever grows
 * above or below it, and a button leads back.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { clsx } from 'clsx';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

import { useSessionActions } from '@/stream';
import { Button, Spinner } from '@/ui';
import { RowView } from '../row-views/row-view';
import type { Row } from '../rows';
import { Activity } from './activity';
import { EndButton } from './end-button';
import { useJump } from './use-jump';
import { useOlder } from './use-older';

const NEAR_END = 80; // px
const NEAR_START = 600; // px
const OVERSCAN = 8;

const ESTIMATES: Record<Row['kind'], number> = {
  user: 100,
  text: 140,
  thought: 40,
  growing: 120,
  tools: 90,
  image: 180,
  error: 50,
  summary: 40,
  event: 36,
  pending: 90,
};

interface MessageListProps {
  id: string;
  rows: readonly Row[];
  /** The index of the message that is looked for. */
  target: number | null;
}

export function MessageList({ id, rows, target }: MessageListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const older = useOlder(id);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing that this gives is passed to a memoised part
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (position) => ESTIMATES[rows[position]?.kind ?? 'text'],
    getItemKey: (position) => rows[position]?.key ?? position,
    overscan: OVERSCAN,
    gap: 8,
    paddingStart: 48,
    paddingEnd: 48,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_END,
    directDomUpdates: true,
    onChange: (list) => {
      setAtEnd(list.isAtEnd(NEAR_END));
      if ((list.scrollOffset ?? 0) < NEAR_START) older.load();
    },
  });
  const show = useCallback(
    (row: number) => virtualizer.scrollToIndex(row, { align: 'center' }),
    [virtualizer],
  );
  const { seeking, loading, marked } = useJump(id, target, rows, show);

  // A conversation opens at its end, or at what is looked for in it.
  useLayoutEffect(() => {
    if (target === null) virtualizer.scrollToEnd();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- as it opens, never again
  }, []);

  // A first page that does not fill the screen cannot be scrolled up.
  const { load } = older;
  useEffect(() => {
    const place = scroller.current;
    if (rows.length > 0 && place && place.scrollHeight <= place.clientHeight + NEAR_START) load();
  }, [rows, load]);

  // The oldest of very many go, but not from under somebody who reads them.
  const actions = useSessionActions(id);
  useEffect(() => {
    const place = scroller.current;
    // `atEnd` may be of before a jump.
    if (atEnd && !seeking && place && belowOf(place) < NEAR_END) actions.forgetOlder();
  }, [rows, atEnd, seeking, actions]);

  return (
    <div className="relative min-h-0 grow">
      <div
        ref={scroller}
        role="region"
        aria-label="Conversation"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by the arrow keys
        tabIndex={0}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:-outline-offset-2"
      >
        <div ref={virtualizer.containerRef} className="relative mx-auto w-full max-w-3xl">
          <div className="absolute inset-x-0 top-0 flex h-12 items-center justify-center text-xs text-muted">
            {older.failed ? (
              <Button size="sm" look="ghost" onClick={older.retry}>
                Older messages did not come. Try again
              </Button>
            ) : (
              (older.loading || loading) && <Spinner label="Loading older messages" />
            )}
          </div>
          {virtualizer.getVirtualItems().map(({ key, index }) => {
            const row = rows[index];
            return (
              row && (
                <div
                  key={key}
                  ref={virtualizer.measureElement}
                  data-index={index}
                  className={clsx(
                    'absolute inset-x-0 top-0 px-4 transition-colors duration-700',
                    row.key === marked && 'rounded-md bg-accent-soft',
                  )}
                >
                  <RowView row={row} />
                </div>
              )
            );
          })}
          <Activity id={id} />
        </div>
      </div>
      {!atEnd && <EndButton newest={rows.at(-1)?.key ?? null} onClick={() => virtualizer.scrollToEnd()} />}
    </div>
  );
}

/** How many pixels are below what is seen. */
function belowOf(place: HTMLElement): number {
  return place.scrollHeight - place.scrollTop - place.clientHeight;
}
