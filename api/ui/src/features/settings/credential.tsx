import { Trash2 } from 'lucide-react';
import { useState } from 'react';

import { api, type StoreCredential } from '@/api';
import { Button, Confirm, IconButton, Input, Select, toast } from '@/ui';
import { Card, FormButtons, Group, RowText } from './parts';
import { useChange } from './queries';

type Kind = StoreCredential['kind'];

const NAMES: Record<Kind, string> = { oauth_token: 'Token of claude setup-token', api_key: 'API key' };

export function Credential({ kind }: { kind: Kind | null }) {
  return (
    <Group
      title="Token or key"
      about="In place of a login, for all sessions that begin from now on. It is never shown again."
    >
      <Card>
        {kind && <Stored kind={kind} />}
        <Store replaces={kind !== null} />
      </Card>
    </Group>
  );
}

function Stored({ kind }: { kind: Kind }) {
  const [asked, setAsked] = useState(false);
  const forget = useChange('claude-login', () => api.DELETE('/api/claude/credential'));
  return (
    <div className="flex items-center gap-3">
      <RowText title={NAMES[kind]}>Stored on the workstation</RowText>
      <IconButton label={`Forget the ${NAMES[kind]}`} onClick={() => setAsked(true)}>
        <Trash2 aria-hidden />
      </IconButton>
      <Confirm
        open={asked}
        title="Forget it?"
        description="Sessions that begin from now on use Claude Code's login. It cannot be brought back."
        action="Forget"
        busy={forget.isPending}
        onClose={() => setAsked(false)}
        onConfirm={() => forget.mutate(undefined, { onSuccess: () => setAsked(false) })}
      />
    </div>
  );
}

function Store({ replaces }: { replaces: boolean }) {
  const [kind, setKind] = useState<Kind>('oauth_token');
  const [value, setValue] = useState('');
  const store = useChange(
    'claude-login',
    () => api.PUT('/api/claude/credential', { body: { kind, value: value.trim() } }),
    {},
  );
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        store.mutate(undefined, {
          onSuccess: () => {
            setValue('');
            toast(`${NAMES[kind]} stored`);
          },
        });
      }}
    >
      <Select
        label="Kind"
        value={kind}
        onChange={({ target }) => setKind(target.value === 'api_key' ? 'api_key' : 'oauth_token')}
      >
        {Object.entries(NAMES).map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </Select>
      <Input
        label="Value"
        type="password"
        autoComplete="off"
        required
        value={value}
        onChange={({ target }) => setValue(target.value)}
        error={store.error?.message}
      />
      <FormButtons>
        <Button type="submit" busy={store.isPending}>
          {replaces ? 'Replace' : 'Store'}
        </Button>
      </FormButtons>
    </form>
  );
}
