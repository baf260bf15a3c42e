/** Where a prompt is typed: grows with its text, completes commands and files, takes pictures and files. */
import { clsx } from 'clsx';
import { Paperclip } from 'lucide-react';
import {
  useLayoutEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
} from 'react';

import type { SlashCommand } from '@/api';
import { IconButton } from '@/ui';
import { AttachmentList } from './attachment-list';
import { CompletionList } from './completion-list';
import { step } from './history';
import { useCommands } from './known-commands';
import type { Attachments } from './use-attachments';
import { useDrop } from './use-drop';
import { useCompletion } from './use-completion';

export interface PromptBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Enter, where the keyboard has one that is not needed for new lines: not on touch screens. */
  onSubmit: () => void;
  onEscape?: () => void;
  attachments: Attachments;
  /** The folder in which `@` looks for files. */
  cwd: string | undefined;
  commands?: readonly SlashCommand[];
  /** What the up arrow brings back, newest first. */
  earlier?: readonly string[];
  placeholder?: string;
  autoFocus?: boolean;
  /** At least so many lines high. */
  rows?: number;
  /** Beside the button that attaches: what the prompt is sent with, and the buttons that send it. */
  children?: ReactNode;
}

const NONE: readonly never[] = [];

export function PromptBox({
  label,
  value,
  onChange,
  onSubmit,
  onEscape,
  attachments,
  cwd,
  commands = NONE,
  earlier = NONE,
  placeholder,
  autoFocus = false,
  rows = 1,
  children,
}: PromptBoxProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(value.length);
  const [placed, setPlaced] = useState<number | null>(null);
  const dropping = useDrop(attachments.add);
  const set = (text: string, at: number) => {
    onChange(text);
    setCaret(at);
    setPlaced(at);
  };
  const known = useCommands(cwd, commands);
  const completion = useCompletion({ value, caret, commands: known, cwd, onComplete: set });

  useLayoutEffect(() => {
    if (placed === null) return;
    field.current?.setSelectionRange(placed, placed);
    field.current?.focus();
  }, [placed, value]);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (completion.takes(event) || event.nativeEvent.isComposing) return;
    const { key } = event;
    const brought = key === 'ArrowUp' || key === 'ArrowDown' ? step(earlier, value, key) : null;
    if (brought !== null) set(brought, brought.length);
    else if (key === 'Enter' && submits(event)) onSubmit();
    else if (key === 'Escape' && onEscape) onEscape();
    else return;
    event.preventDefault();
  };
  const onPaste = (event: ClipboardEvent) => {
    const { files, types } = event.clipboardData;
    // Office puts a picture of the text beside it.
    const written = types.includes('text/plain') && types.includes('text/html');
    if (files.length === 0 || written) return;
    event.preventDefault();
    attachments.add(files);
  };
  const moved = () => setCaret(field.current?.selectionStart ?? 0);

  return (
    <div className="relative">
      <CompletionList completion={completion} />
      <div
        role="group"
        aria-label={label}
        className={clsx(
          'rounded-lg border bg-surface shadow-md transition-colors focus-within:border-border-strong',
          dropping && 'border-accent bg-accent-soft',
        )}
      >
        <AttachmentList attachments={attachments} />
        {/* The hidden text gives the box its height. */}
        <div className="grid max-h-[40dvh] overflow-y-auto px-3.5 pt-3 pb-1 text-base">
          <div
            aria-hidden
            className="invisible col-start-1 row-start-1 break-words whitespace-pre-wrap pointer-coarse:text-[max(1rem,16px)]"
          >
            {`${value}\n`.padEnd(value.length + rows, '\n')}
          </div>
          <textarea
            ref={field}
            aria-label={label}
            aria-autocomplete="list"
            aria-controls={completion.open ? completion.listId : undefined}
            aria-activedescendant={completion.open ? completion.optionId(completion.active) : undefined}
            rows={rows}
            value={value}
            placeholder={placeholder}
            autoFocus={autoFocus}
            onChange={(event) => {
              onChange(event.target.value);
              setCaret(event.target.selectionStart);
              setPlaced(null);
            }}
            onSelect={moved}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            className="col-start-1 row-start-1 resize-none overflow-hidden bg-transparent break-words whitespace-pre-wrap text-text outline-none placeholder:text-faint"
          />
        </div>
        <div className="flex items-end gap-1 p-1.5">
          <input
            ref={files}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              attachments.add(event.target.files ?? []);
              event.target.value = '';
            }}
          />
          <IconButton label="Attach pictures or files" onClick={() => files.current?.click()}>
            <Paperclip aria-hidden />
          </IconButton>
          {children}
        </div>
      </div>
    </div>
  );
}

function submits(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey) return true;
  return !event.shiftKey && !window.matchMedia('(pointer: coarse)').matches;
}
