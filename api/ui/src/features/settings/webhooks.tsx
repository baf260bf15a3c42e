/** Addresses of programs that are told what happens, signed. */
import { useQuery } from '@tanstack/react-query';
import { EllipsisVertical, Pencil, Plus, Power, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';

import { api, data, type NewWebhook, type Webhook } from '@/api';
import { Badge, Button, Confirm, IconButton, Menu, toast } from '@/ui';
import { Group, Loaded, Rows, RowText } from './parts';
import { useChange } from './queries';
import { Secret } from './secret';
import { WebhookForm } from './webhook-form';
import { moment } from './words';

export function Webhooks() {
  const [editing, setEditing] = useState<Webhook | 'new' | null>(null);
  const [made, setMade] = useState<NewWebhook | null>(null);
  const webhooks = useQuery({
    queryKey: ['webhooks'],
    queryFn: ({ signal }) => data(api.GET('/api/webhooks', { signal })),
  });
  return (
    <Group
      title="Webhooks"
      about="Each event as a signed POST, tried again when the other side does not take it."
      actions={
        <Button size="sm" onClick={() => setEditing('new')}>
          <Plus aria-hidden className="size-4" />
          New webhook
        </Button>
      }
    >
      <Loaded query={webhooks}>
        {(items) => (
          <Rows label="Webhooks" items={items} keyOf={({ id }) => id} empty="There are no webhooks.">
            {(webhook) => <WebhookRow webhook={webhook} onEdit={() => setEditing(webhook)} />}
          </Rows>
        )}
      </Loaded>
      {editing && (
        <WebhookForm
          webhook={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
          onMade={setMade}
        />
      )}
      {made && (
        <Secret
          title={`Secret of “${made.name}”`}
          label="Signing secret"
          value={made.secret}
          onClose={() => setMade(null)}
        />
      )}
    </Group>
  );
}

function WebhookRow({ webhook, onEdit }: { webhook: Webhook; onEdit: () => void }) {
  const [deleting, setDeleting] = useState(false);
  const path = { webhook_id: webhook.id };
  const test = useChange('webhooks', () =>
    data(api.POST('/api/webhooks/{webhook_id}/test', { params: { path } })),
  );
  const change = useChange('webhooks', (enabled: boolean) =>
    data(api.PATCH('/api/webhooks/{webhook_id}', { params: { path }, body: { enabled } })),
  );
  const remove = useChange('webhooks', () => api.DELETE('/api/webhooks/{webhook_id}', { params: { path } }));
  return (
    <>
      <RowText
        title={
          <>
            {webhook.name} <State webhook={webhook} />
          </>
        }
      >
        <span className="block truncate">{webhook.url}</span>
        <LastTime webhook={webhook} />
      </RowText>
      <Menu
        items={[
          {
            label: 'Send a test',
            icon: <Send aria-hidden />,
            disabled: test.isPending,
            onSelect: () =>
              test.mutate(undefined, { onSuccess: () => toast(`${webhook.name} took the test`) }),
          },
          { label: 'Edit', icon: <Pencil aria-hidden />, onSelect: onEdit },
          {
            label: webhook.enabled ? 'Turn off' : 'Turn on',
            icon: <Power aria-hidden />,
            onSelect: () => change.mutate(!webhook.enabled),
          },
          { label: 'Delete', icon: <Trash2 aria-hidden />, danger: true, onSelect: () => setDeleting(true) },
        ]}
      >
        <IconButton label={`Actions of ${webhook.name}`}>
          <EllipsisVertical aria-hidden />
        </IconButton>
      </Menu>
      <Confirm
        open={deleting}
        title={`Delete “${webhook.name}”?`}
        description="Nothing is sent to it from now on. This cannot be undone."
        action="Delete"
        busy={remove.isPending}
        onClose={() => setDeleting(false)}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => setDeleting(false) })}
      />
    </>
  );
}

function State({ webhook: { enabled, lastDelivery } }: { webhook: Webhook }) {
  if (!enabled) return <Badge>Off</Badge>;
  if (lastDelivery && !lastDelivery.ok) return <Badge tone="danger">Failed</Badge>;
  return lastDelivery && <Badge tone="success">Delivered</Badge>;
}

function LastTime({ webhook: { lastDelivery: last } }: { webhook: Webhook }) {
  if (!last) return 'Nothing was sent yet';
  if (last.ok) return `${last.event}, ${moment(last.at)}`;
  const why = last.error ?? (last.status === null ? 'no answer' : `status ${last.status}`);
  return `${last.event}, ${moment(last.at)}: ${why}`;
}
