import { clsx } from 'clsx';
import { useEffect, useRef } from 'react';

import type { Completion } from './use-completion';

/** Above the box, so that neither the keyboard of a phone nor the edge of the screen hides it. */
export function CompletionList({ completion }: { completion: Completion }) {
  const { choices, active, listId, open } = completion;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  return (
    <>
      <span aria-live="polite" className="sr-only">
        {open && `${choices.length} suggestions; arrow keys choose, Tab completes`}
      </span>
      {open && (
        <div
          ref={list}
          id={listId}
          role="listbox"
          aria-label="Suggestions"
          className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-64 overflow-y-auto rounded-lg border bg-raised p-1 shadow-lg"
        >
          {choices.map((choice, place) => (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the text box keeps focus and keys
            <div
              key={choice.key}
              id={completion.optionId(place)}
              role="option"
              tabIndex={-1}
              aria-selected={place === active}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => completion.choose(choice)}
              className={clsx(
                'flex touch-target min-h-9 cursor-pointer flex-wrap items-center gap-x-2 rounded-md px-2.5 py-1',
                place === active ? 'bg-accent-soft' : 'hover:bg-hover',
              )}
            >
              <span className="min-w-0 truncate font-mono text-sm">{choice.title}</span>
              {choice.hint && <span className="font-mono text-xs text-muted">{choice.hint}</span>}
              {choice.about && <span className="min-w-0 truncate text-sm text-muted">{choice.about}</span>}
            </div>
          ))}
        </div>
      )}
    </>
  );
}
