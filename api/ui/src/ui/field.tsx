import { clsx } from 'clsx';
import { ChevronDown } from 'lucide-react';
import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react';

const CONTROL =
  'w-full rounded-md border border-border-strong bg-surface px-3 text-base text-text placeholder:text-faint aria-invalid:border-danger disabled:opacity-55';

interface Labelled {
  label: string;
  /** Keeps the label for screen readers alone. */
  hideLabel?: boolean;
  hint?: ReactNode;
  error?: string | null | undefined;
}

interface Ids {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean | undefined;
}

function Field({
  label,
  hideLabel,
  hint,
  error,
  children,
}: Labelled & { children: (ids: Ids) => ReactNode }) {
  const id = useId();
  const description = hint || error ? `${id}-about` : undefined;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'text-sm font-medium'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': description, 'aria-invalid': error ? true : undefined })}
      {description && (
        <p
          id={description}
          role={error ? 'alert' : undefined}
          className={clsx('text-sm', error ? 'text-danger' : 'text-muted')}
        >
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

export function Input({
  label,
  hideLabel,
  hint,
  error,
  className,
  ...rest
}: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field {...{ label, hideLabel: hideLabel ?? false, hint, error }}>
      {(ids) => <input {...ids} {...rest} className={clsx(CONTROL, 'h-9 touch-target', className)} />}
    </Field>
  );
}

export function TextArea({
  label,
  hideLabel,
  hint,
  error,
  className,
  ...rest
}: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field {...{ label, hideLabel: hideLabel ?? false, hint, error }}>
      {(ids) => <textarea {...ids} {...rest} className={clsx(CONTROL, 'py-2', className)} />}
    </Field>
  );
}

export function Select({
  label,
  hideLabel,
  hint,
  error,
  className,
  children,
  ...rest
}: Labelled & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field {...{ label, hideLabel: hideLabel ?? false, hint, error }}>
      {(ids) => (
        <div className="relative">
          <select
            {...ids}
            {...rest}
            className={clsx(CONTROL, 'h-9 touch-target appearance-none truncate pr-9', className)}
          >
            {children}
          </select>
          <ChevronDown
            aria-hidden
            className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted"
          />
        </div>
      )}
    </Field>
  );
}

interface SwitchProps {
  label: string;
  hint?: ReactNode;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, hint, checked, disabled, onChange }: SwitchProps) {
  return (
    <label className="flex touch-target items-center justify-between gap-4">
      <span>
        <span className="block text-base">{label}</span>
        {hint && <span className="block text-sm text-muted">{hint}</span>}
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        className="relative h-6 w-10 shrink-0 appearance-none rounded-full bg-border-strong transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-5 before:rounded-full before:bg-surface before:transition-transform checked:bg-accent checked:before:translate-x-4 disabled:opacity-55"
      />
    </label>
  );
}
