import { useState, type KeyboardEvent } from 'react';

import { Button, TextArea } from '@/ui';
import { Key } from './key';

interface DenyFormProps {
  /** What the reason is for: the agent goes on with it, and stops without one. */
  label: string;
  onDeny: (reason: string) => void;
  onCancel: () => void;
}

export function DenyForm({ label, onDeny, onCancel }: DenyFormProps) {
  const [reason, setReason] = useState('');
  const deny = () => onDeny(reason.trim());
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || event.repeat || event.nativeEvent.isComposing) return;
    event.preventDefault();
    deny();
  }
  return (
    <div className="flex flex-col gap-3">
      <TextArea
        autoFocus
        label={label}
        hint="With a reason Claude goes on; without one it stops."
        rows={2}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="grid grid-cols-2 gap-2 sm:flex sm:justify-end">
        <Button onClick={onCancel}>
          Back <Key name="Esc" />
        </Button>
        <Button look="danger" onClick={deny}>
          {reason.trim() === '' ? 'Deny and stop' : 'Deny with reason'} <Key name="Enter" />
        </Button>
      </div>
    </div>
  );
}
