import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type InputHTMLAttributes } from 'react';

import { api, data, type ChangeSettings } from '@/api';
import { Input, toast } from '@/ui';

interface WrittenProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange'> {
  label: string;
  hint: string;
  value: string;
  /** The change of the settings that a text stands for. */
  change: (text: string) => ChangeSettings;
}

/** A setting that is typed: sent with Enter or when the field is left, and refused at the field itself. */
export function Written({ label, hint, value, change, ...rest }: WrittenProps) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (text: string) => data(api.PATCH('/api/settings', { body: change(text) })),
    onSuccess: (settings) => {
      queries.setQueryData(['settings'], settings);
      setTyped(null);
      toast(`${label} saved`);
    },
  });
  const send = () => {
    if (typed === null || save.isPending) return;
    if (typed.trim() === value) setTyped(null);
    else save.mutate(typed.trim());
  };
  return (
    <Input
      {...rest}
      label={label}
      hint={hint}
      value={typed ?? value}
      error={typed === null ? null : save.error?.message}
      onChange={({ target }) => {
        save.reset();
        setTyped(target.value);
      }}
      onBlur={send}
      onKeyDown={({ key }) => {
        if (key === 'Enter') send();
        if (key === 'Escape') setTyped(null);
      }}
    />
  );
}
