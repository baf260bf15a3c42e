import { useState } from 'react';

import { api, ApiError, data, type NewWebhook, type Webhook } from '@/api';
import { Button, Dialog, Input, Notice, Switch } from '@/ui';
import { FormButtons } from './parts';
import { useChange } from './queries';

type Event = Webhook['events'][number];

const EVENTS: readonly (readonly [event: Event, label: string])[] = [
  ['session.created', 'A session begins'],
  ['session.status', 'A status changes'],
  ['session.completed', 'A turn is done'],
  ['session.interrupted', 'A turn was interrupted'],
  ['session.error', 'Something went wrong'],
  ['tool.approval', 'Claude asks to use a tool'],
  ['tool.question', 'Claude asks a question'],
  ['tool.plan', 'Claude has a plan'],
  ['rate_limit', 'A rate limit comes near'],
];

interface Props {
  /** Null for a new one. */
  webhook: Webhook | null;
  onClose: () => void;
  onMade: (made: NewWebhook) => void;
}

export function WebhookForm({ webhook, onClose, onMade }: Props) {
  const [name, setName] = useState(webhook?.name ?? '');
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [secret, setSecret] = useState('');
  const [all, setAll] = useState(!webhook?.events.length);
  const [events, setEvents] = useState<readonly Event[]>(webhook?.events ?? []);
  const save = useChange(
    'webhooks',
    async () => {
      const body = {
        name: name.trim(),
        url: url.trim(),
        events: all ? [] : [...events],
        ...(secret && { secret }),
      };
      if (webhook) {
        const path = { webhook_id: webhook.id };
        await api.PATCH('/api/webhooks/{webhook_id}', { params: { path }, body });
      } else onMade(await data(api.POST('/api/webhooks', { body })));
    },
    {},
  );
  const errorOf = (field: string) =>
    save.error instanceof ApiError && save.error.field === field ? save.error.message : null;
  const elsewhere = save.error && !['name', 'url', 'secret'].some(errorOf) ? save.error.message : null;
  return (
    <Dialog open onClose={onClose} title={webhook ? 'Edit webhook' : 'New webhook'}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined, { onSuccess: onClose });
        }}
      >
        <Input
          label="Name"
          autoFocus
          required
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          error={errorOf('name')}
        />
        <Input
          label="Address"
          type="url"
          required
          placeholder="https://example.org/hook"
          value={url}
          onChange={({ target }) => setUrl(target.value)}
          error={errorOf('url')}
        />
        <Input
          label="Signing secret"
          type="password"
          autoComplete="off"
          value={secret}
          onChange={({ target }) => setSecret(target.value)}
          hint={webhook ? 'Empty keeps the secret that there is.' : 'Empty has one made.'}
          error={errorOf('secret')}
        />
        <fieldset className="flex flex-col gap-3">
          <legend className="sr-only">Events</legend>
          <Switch label="All events" checked={all} onChange={setAll} />
          {!all &&
            EVENTS.map(([event, label]) => (
              <Switch
                key={event}
                label={label}
                checked={events.includes(event)}
                onChange={(on) => setEvents(on ? [...events, event] : events.filter((one) => one !== event))}
              />
            ))}
        </fieldset>
        {elsewhere && <Notice kind="danger">{elsewhere}</Notice>}
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={!all && events.length === 0}>
            {webhook ? 'Save' : 'Make webhook'}
          </Button>
        </FormButtons>
      </form>
    </Dialog>
  );
}
