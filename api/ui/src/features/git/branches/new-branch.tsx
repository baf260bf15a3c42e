import { useState } from 'react';

import { Button, Dialog, Input, toast } from '@/ui';
import { useSwitch } from '../queries';

export function NewBranch({ cwd, onClose }: { cwd: string; onClose: () => void }) {
  const [name, setName] = useState('');
  const create = useSwitch(cwd);
  return (
    <Dialog open onClose={onClose} title="New branch">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { branch: name.trim(), create: true },
            {
              onSuccess: () => {
                toast(`On ${name.trim()}`);
                onClose();
              },
            },
          );
        }}
      >
        <Input
          label="Name"
          required
          autoFocus
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          value={name}
          error={create.error?.message}
          hint="It begins at what is checked out; changes that are not committed come along."
          onChange={(event) => setName(event.target.value)}
        />
        <div className="mt-4 flex justify-end">
          <Button type="submit" look="primary" busy={create.isPending}>
            Create and switch
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
