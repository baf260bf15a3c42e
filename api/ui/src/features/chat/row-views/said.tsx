/** What a person and what the agent said. */
import { clsx } from 'clsx';
import { memo } from 'react';

import type { UserMessage } from '@/api';
import { CopyButton, Markdown } from '@/lib/markdown';
import { shortTime } from '@/lib/time';
import { Clipped } from '../tools/output';
import { Pictures } from '../pictures';
import type { Row } from '../rows';

const LONG = 24; // lines of a prompt that are seen at first
const PER_LINE = 80;

function linesOf(text: string): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / PER_LINE)), 0);
}

export const UserRow = memo(function UserRow({ message }: { message: UserMessage }) {
  const text = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n\n');
  const images = message.parts.filter((part) => part.type === 'image');
  const errors = message.parts.flatMap((part) => (part.type === 'error' ? [part.message] : []));
  return (
    <div className="group flex flex-col items-end gap-1 py-1">
      <h2 className="sr-only">You</h2>
      {images.length > 0 && <Pictures images={images} className="justify-end" />}
      {text !== '' && (
        <div className="flex w-full items-end justify-end gap-1">
          <Actions text={text} at={message.createdAt ?? null} />
          <div className="max-w-[min(85%,40rem)] min-w-0 rounded-lg rounded-br-sm border bg-sunken">
            <Clipped id={`said ${message.index}`} lines={linesOf(text)} shown={LONG} label="Prompt" wraps>
              <p className="px-3.5 py-2 break-words whitespace-pre-wrap">{text}</p>
            </Clipped>
          </div>
        </div>
      )}
      {errors.map((error, number) => (
        <p key={number} className="text-sm text-danger">
          {error}
        </p>
      ))}
    </div>
  );
});

export const TextRow = memo(function TextRow({ row }: { row: Extract<Row, { kind: 'text' }> }) {
  return (
    <div className="group py-1">
      <h2 className="sr-only">Claude</h2>
      <Markdown text={row.part.text} />
      <div className="-ml-1.5 flex pointer-coarse:-ml-3.5">
        <Actions text={row.part.text} at={row.message.createdAt ?? null} buttonFirst />
      </div>
    </div>
  );
});

interface ActionsProps {
  text: string;
  at: string | null;
  buttonFirst?: boolean;
}

/** When it was said, and a way to take it along: for a pointer that is over it, for the keyboard and for fingers. */
function Actions({ text, at, buttonFirst = false }: ActionsProps) {
  const look = 'opacity-0 transition-opacity group-hover:opacity-100 pointer-coarse:opacity-100';
  return (
    <div
      className={clsx('flex h-7 items-center gap-2 text-xs text-muted', buttonFirst && 'flex-row-reverse')}
    >
      {at !== null && (
        <time dateTime={at} title={new Date(at).toLocaleString()} className={clsx(look, 'whitespace-nowrap')}>
          {shortTime(at)}
        </time>
      )}
      <CopyButton
        text={text}
        label="Copy message"
        className={clsx(look, 'size-7 focus-visible:opacity-100 [&>svg]:size-4')}
      />
    </div>
  );
}
