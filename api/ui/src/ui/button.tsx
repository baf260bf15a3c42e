import { clsx } from 'clsx';
import type { ButtonHTMLAttributes, ReactNode } from 'react';

import { Spinner } from './spinner';

type Look = 'primary' | 'secondary' | 'ghost' | 'danger';

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:not-disabled:bg-accent-hover',
  secondary: 'border bg-surface text-text hover:not-disabled:bg-hover',
  ghost: 'text-muted hover:not-disabled:bg-hover hover:not-disabled:text-text',
  danger: 'border border-danger bg-surface text-danger hover:not-disabled:bg-danger-soft',
};

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  size?: 'sm' | 'md';
  /** Shows that what it began goes on, and takes no second click meanwhile. */
  busy?: boolean;
}

export function Button({
  look = 'secondary',
  size = 'md',
  busy = false,
  className,
  children,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={busy || rest.disabled}
      aria-busy={busy || undefined}
      className={clsx(
        'inline-flex touch-target shrink-0 items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors disabled:opacity-55',
        size === 'sm' ? 'h-8 px-2.5 text-sm' : 'h-9 px-3.5 text-base',
        LOOKS[look],
        className,
      )}
    >
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for those who do not see the picture; also shown on hover. */
  label: string;
  children: ReactNode;
}

export function IconButton({ label, className, children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={clsx(
        'inline-flex size-8 touch-target shrink-0 items-center justify-center rounded-md text-muted transition-colors hover:not-disabled:bg-hover hover:not-disabled:text-text disabled:opacity-55 [&>svg]:size-4.5',
        className,
      )}
    >
      {children}
    </button>
  );
}
