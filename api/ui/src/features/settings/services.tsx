/** Other ways to be told: what Apprise knows, by an address that is a secret. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { api, data, type AppriseTarget, type WantedAppriseTarget } from '@/api';
import { Button, Dialog, IconButton, Input } from '@/ui';
import { FormButtons, Group, Rows, RowText } from './parts';

function useSetTargets() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (apprise: WantedAppriseTarget[]) =>
      data(api.PATCH('/api/settings', { body: { notifications: { apprise } } })),
    onSuccess: (settings) => queries.setQueryData(['settings'], settings),
  });
}

export function Services({ targets }: { targets: readonly AppriseTarget[] }) {
  const [adding, setAdding] = useState(false);
  const set = useSetTargets();
  const kept = (without?: string) => targets.filter(({ id }) => id !== without).map(({ id }) => ({ id }));
  return (
    <Group
      title="Services"
      about="ntfy, Pushover, Telegram, Slack, e-mail and all others that Apprise knows."
      actions={
        <Button size="sm" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          Add
        </Button>
      }
    >
      <Rows label="Services" items={targets} keyOf={({ id }) => id} empty="No service is told.">
        {({ id, service }) => (
          <>
            <RowText title={service}>The address is kept, and not shown again</RowText>
            <IconButton label={`Remove ${service}`} onClick={() => set.mutate(kept(id))}>
              <Trash2 aria-hidden />
            </IconButton>
          </>
        )}
      </Rows>
      {adding && (
        <AddService
          busy={set.isPending}
          error={set.error?.message}
          onAdd={(url) => set.mutate([...kept(), { url }], { onSuccess: () => setAdding(false) })}
          onClose={() => {
            set.reset();
            setAdding(false);
          }}
        />
      )}
    </Group>
  );
}

interface AddServiceProps {
  busy: boolean;
  error: string | undefined;
  onAdd: (url: string) => void;
  onClose: () => void;
}

function AddService({ busy, error, onAdd, onClose }: AddServiceProps) {
  const [url, setUrl] = useState('');
  return (
    <Dialog open onClose={onClose} title="Add a service">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onAdd(url.trim());
        }}
      >
        <Input
          label="Address"
          type="password"
          autoComplete="off"
          autoFocus
          required
          placeholder="ntfy://topic"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
          hint="As Apprise writes it, such as ntfy://topic or tgram://token/chat. It is never shown again."
          error={error}
        />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Add
          </Button>
        </FormButtons>
      </form>
    </Dialog>
  );
}
