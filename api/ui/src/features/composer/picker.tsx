import { clsx } from 'clsx';
import type { ReactNode } from 'react';

interface PickerProps {
  label: string;
  value: string;
  warns?: boolean;
  onPick: (value: string) => void;
  children: ReactNode;
}

/** A small choice among the buttons of the box. The browser's own list is best on a phone, and by keyboard. */
export function Picker({ label, value, warns = false, onPick, children }: PickerProps) {
  return (
    <select
      aria-label={label}
      title={label}
      value={value}
      onChange={(event) => onPick(event.target.value)}
      className={clsx(
        'field-sizing-content h-8 touch-target max-w-44 min-w-0 rounded-md bg-transparent px-2 text-sm hover:bg-hover',
        warns ? 'text-danger' : 'text-muted hover:text-text',
      )}
    >
      {children}
    </select>
  );
}
