/** What people are told of, and where: browsers that asked for it, and services. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Send } from 'lucide-react';

import { api, ApiError, data, type NotificationSettings, type UserSettings } from '@/api';
import { pushState, turnOffPush, turnOnPush, type PushState } from '@/pwa';
import { Button, Notice, Switch, toast, toastError } from '@/ui';
import { Card, Group, Loaded } from './parts';
import { useChangeSettings, useSettings } from './queries';
import { Services } from './services';

type Kind = NotificationSettings['events'][number];

const KINDS: readonly (readonly [kind: Kind, label: string])[] = [
  ['approval', 'Claude asks to use a tool'],
  ['question', 'Claude asks a question'],
  ['plan', 'Claude has a plan'],
  ['completed', 'A turn is done'],
  ['interrupted', 'A turn was interrupted'],
  ['error', 'Something went wrong'],
  ['rate_limit', 'A rate limit comes near'],
];

export function Notifications() {
  const settings = useSettings();
  return (
    <Loaded query={settings} rows={6}>
      {({ notifications }) => (
        <>
          <ThisDevice enabled={notifications.enabled} />
          <Events settings={notifications} />
          <Services targets={notifications.apprise} />
        </>
      )}
    </Loaded>
  );
}

const WHY_NOT: Partial<Record<PushState, string>> = {
  insecure:
    'Browsers take notifications only over HTTPS. Open the workstation by its HTTPS address, or as localhost.',
  unsupported:
    'This browser has no Web Push. On an iPhone or iPad add Hatchpod to the home screen first, and open it there.',
  denied: 'This browser does not permit notifications here. Allow them in its settings for this site.',
};

function ThisDevice({ enabled }: { enabled: boolean }) {
  const queries = useQueryClient();
  const push = useQuery({ queryKey: ['push'], queryFn: pushState });
  const turn = useMutation({
    mutationFn: (on: boolean) => (on ? turnOnPush() : turnOffPush()),
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['push'] }),
  });
  const test = useMutation({
    mutationFn: () => data(api.POST('/api/push/test')),
    onSuccess: ({ sent }) => toast(`Sent to ${sent} ${sent === 1 ? 'device' : 'devices'}`),
    onError: (error) =>
      toastError(
        error instanceof ApiError && error.status === 502
          ? new Error(`The test was not delivered: ${error.message}`)
          : error,
      ),
  });
  const state = push.data ?? 'off';
  const why = WHY_NOT[state];
  return (
    <Group title="This device">
      <Card>
        <Switch
          label="Notify this device"
          hint="Also while Hatchpod is closed; not of a session that you look at"
          checked={turn.isPending ? turn.variables : state === 'on'}
          disabled={turn.isPending || (state !== 'on' && state !== 'off')}
          onChange={(on) => turn.mutate(on)}
        />
        {why && <Notice kind="warning">{why}</Notice>}
        {state === 'on' && !enabled && (
          <Notice kind="warning">Notifications are off altogether. Turn them on below.</Notice>
        )}
        {state === 'on' && (
          <div className="flex justify-end">
            <Button busy={test.isPending} onClick={() => test.mutate()}>
              <Send aria-hidden className="size-4" />
              Send a test
            </Button>
          </div>
        )}
      </Card>
    </Group>
  );
}

function Events({ settings }: { settings: UserSettings['notifications'] }) {
  const { mutate } = useChangeSettings();
  return (
    <Group title="Events" about="What all devices and services are told of.">
      <Card>
        <Switch
          label="Notifications"
          checked={settings.enabled}
          onChange={(enabled) => mutate({ notifications: { enabled } })}
        />
        <hr />
        {KINDS.map(([kind, label]) => (
          <Switch
            key={kind}
            label={label}
            disabled={!settings.enabled}
            checked={settings.events.includes(kind)}
            onChange={(on) =>
              mutate({
                notifications: {
                  events: KINDS.map(([one]) => one).filter((one) =>
                    one === kind ? on : settings.events.includes(one),
                  ),
                },
              })
            }
          />
        ))}
      </Card>
    </Group>
  );
}
