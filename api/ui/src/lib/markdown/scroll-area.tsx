import { clsx } from 'clsx';
import type { ReactNode } from 'react';

interface ScrollAreaProps {
  /** What is in it, for screen readers. */
  label: string;
  className?: string | undefined;
  children: ReactNode;
}

/** What may be wider or higher than its place. The keyboard reaches it, so that it can be scrolled. */
export function ScrollArea({ label, className, children }: ScrollAreaProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by the arrow keys
    <div role="group" aria-label={label} tabIndex={0} className={clsx('overflow-auto', className)}>
      {children}
    </div>
  );
}
