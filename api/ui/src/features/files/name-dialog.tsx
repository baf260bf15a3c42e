import { useState } from 'react';

import { Button, Dialog, Input } from '@/ui';
import { wrongName } from './names';

interface NameDialogProps {
  title: string;
  label?: string;
  /** What is typed already. */
  value?: string;
  /** The verb of the button. */
  action: string;
  /** What it throws is shown, and the dialog stays. */
  onName: (name: string) => Promise<void>;
  onClose: () => void;
}

export function NameDialog({ title, label = 'Name', value = '', action, onName, onClose }: NameDialogProps) {
  const [name, setName] = useState(value);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    const wrong = wrongName(name);
    setError(wrong);
    if (wrong) return;
    setBusy(true);
    try {
      await onName(name);
      onClose();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
        className="flex flex-col gap-4"
      >
        <Input
          label={label}
          value={name}
          error={error}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={({ target }) => setName(target.value)}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
