/** Short news at the edge of the screen, also told by screen readers. An error stays until it is put away. */
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

import { IconButton } from './button';

interface Toast {
  id: number;
  kind: 'info' | 'error';
  text: string;
}

const SHOWN_FOR = 4000; // milliseconds
const toasts = createStore<readonly Toast[]>(() => []);
let last = 0;

function dismiss(id: number): void {
  toasts.setState((shown) => shown.filter((toast) => toast.id !== id), true);
}

export function toast(text: string, kind: Toast['kind'] = 'info'): void {
  const id = ++last;
  toasts.setState((shown) => [...shown.slice(-2), { id, kind, text }], true);
  if (kind === 'info') setTimeout(() => dismiss(id), SHOWN_FOR);
}

/** For a mutation's `onError`. */
export function toastError(error: Error): void {
  toast(error.message, 'error');
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-16 z-50 flex flex-col items-center gap-2 px-4 safe-bottom lg:bottom-4"
    >
      {shown.map(({ id, kind, text }) => (
        <div
          key={id}
          role={kind === 'error' ? 'alert' : undefined}
          className={clsx(
            'pointer-events-auto flex max-w-md items-center gap-2 rounded-md border bg-raised py-1.5 pr-1.5 pl-3.5 text-base shadow-lg',
            kind === 'error' && 'border-danger text-danger',
          )}
        >
          <span className="grow">{text}</span>
          <IconButton label="Dismiss" onClick={() => dismiss(id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
