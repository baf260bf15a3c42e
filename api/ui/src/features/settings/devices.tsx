/** Tokens by which other devices and programs sign in, and this browser's own login. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useLocation } from 'wouter';

import { api, data, type DeviceToken, type NewDeviceToken } from '@/api';
import { Button, Confirm, Dialog, IconButton, Input } from '@/ui';
import { Card, FormButtons, Group, Loaded, Rows, RowText } from './parts';
import { useChange } from './queries';
import { Secret } from './secret';
import { moment } from './words';

export function Devices() {
  return (
    <>
      <ThisBrowser />
      <Tokens />
    </>
  );
}

function ThisBrowser() {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const leave = useChange('login', () => api.POST('/api/logout'));
  return (
    <Group title="This browser">
      <Card>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="min-w-0 text-sm text-muted">A login lasts 30 days, or until the password changes.</p>
          <Button
            busy={leave.isPending}
            onClick={() =>
              leave.mutate(undefined, {
                onSuccess: () => {
                  queries.clear();
                  navigate('/login', { replace: true });
                },
              })
            }
          >
            <LogOut aria-hidden className="size-4" />
            Log out
          </Button>
        </div>
      </Card>
    </Group>
  );
}

function Tokens() {
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewDeviceToken | null>(null);
  const [revoking, setRevoking] = useState<DeviceToken | null>(null);
  const tokens = useQuery({
    queryKey: ['tokens'],
    queryFn: ({ signal }) => data(api.GET('/api/tokens', { signal })),
  });
  const revoke = useChange('tokens', (id: string) =>
    api.DELETE('/api/tokens/{token_id}', { params: { path: { token_id: id } } }),
  );
  return (
    <Group
      title="Device tokens"
      about="For scripts and other devices, in place of the password. Each can be revoked alone."
      actions={
        <Button size="sm" onClick={() => setAdding(true)}>
          <Plus aria-hidden className="size-4" />
          New token
        </Button>
      }
    >
      <Loaded query={tokens}>
        {(items) => (
          <Rows label="Device tokens" items={items} keyOf={({ id }) => id} empty="There are no tokens.">
            {(token) => (
              <>
                <RowText title={token.name}>
                  Made {moment(token.createdAt)} ·{' '}
                  {token.lastUsedAt ? `last used ${moment(token.lastUsedAt)}` : 'never used'}
                </RowText>
                <IconButton label={`Revoke ${token.name}`} onClick={() => setRevoking(token)}>
                  <Trash2 aria-hidden />
                </IconButton>
              </>
            )}
          </Rows>
        )}
      </Loaded>
      {adding && <NewToken onClose={() => setAdding(false)} onMade={setMade} />}
      {made && (
        <Secret
          title={`Token of “${made.name}”`}
          label="Token"
          value={made.token}
          onClose={() => setMade(null)}
        />
      )}
      {revoking && (
        <Confirm
          open
          title={`Revoke “${revoking.name}”?`}
          description="What signs in with it is refused from now on, and its open connections are closed. This cannot be undone."
          action="Revoke"
          busy={revoke.isPending}
          onClose={() => setRevoking(null)}
          onConfirm={() => revoke.mutate(revoking.id, { onSuccess: () => setRevoking(null) })}
        />
      )}
    </Group>
  );
}

function NewToken({ onClose, onMade }: { onClose: () => void; onMade: (made: NewDeviceToken) => void }) {
  const [name, setName] = useState('');
  const create = useChange('tokens', (body: { name: string }) => data(api.POST('/api/tokens', { body })), {});
  return (
    <Dialog open onClose={onClose} title="New device token">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { name: name.trim() },
            {
              onSuccess: (made) => {
                onClose();
                onMade(made);
              },
            },
          );
        }}
      >
        <Input
          label="Name"
          autoFocus
          required
          maxLength={100}
          value={name}
          onChange={({ target }) => setName(target.value)}
          hint="Which device or script it is for"
          error={create.error?.message}
        />
        <FormButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            Make token
          </Button>
        </FormButtons>
      </form>
    </Dialog>
  );
}
