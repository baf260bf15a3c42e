/** How Claude Code signs in at Anthropic: a login, or a token or key that is kept for it. */
import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';

import { api, data, type ClaudeLogin } from '@/api';
import { Badge, Button, Input, Select, toast } from '@/ui';
import { Credential } from './credential';
import { Card, FormButtons, Group, Loaded } from './parts';
import { useChange } from './queries';

const METHODS: Readonly<Record<string, string>> = {
  'claude.ai': 'a Claude subscription',
  claudeai: 'a Claude subscription',
  console: 'the Anthropic Console',
  api_key: 'an API key',
  oauth_token: 'a long-lived token',
};

export function Claude() {
  const login = useQuery({
    queryKey: ['claude-login'],
    queryFn: ({ signal }) => data(api.GET('/api/claude/login', { signal })),
  });
  return (
    <Loaded query={login} rows={4}>
      {(loaded) => (
        <>
          <Group title="Claude login" about="Claude Code's own login on this workstation.">
            <Card>
              <Status login={loaded} />
              {loaded.url ? <EnterCode url={loaded.url} /> : <Begin again={loaded.loggedIn} />}
            </Card>
          </Group>
          <Credential kind={loaded.credential} />
        </>
      )}
    </Loaded>
  );
}

function Status({ login: { loggedIn, method, email, subscription } }: { login: ClaudeLogin }) {
  const by = method === null ? null : (METHODS[method] ?? method);
  const about = [by && `By ${by}`, email, subscription].filter(Boolean).join(' · ');
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Badge tone={loggedIn ? 'success' : 'warning'}>{loggedIn ? 'Logged in' : 'Not logged in'}</Badge>
      <p className="min-w-0 text-sm break-words text-muted">
        {loggedIn ? about : 'Sessions cannot work until Claude Code is logged in.'}
      </p>
    </div>
  );
}

function Begin({ again }: { again: boolean }) {
  const [account, setAccount] = useState<'claudeai' | 'console'>('claudeai');
  const begin = useChange('claude-login', () => data(api.POST('/api/claude/login', { body: { account } })));
  return (
    <div className="flex flex-wrap items-end gap-3">
      <div className="min-w-0 grow">
        <Select
          label="Account"
          value={account}
          onChange={({ target }) => setAccount(target.value === 'console' ? 'console' : 'claudeai')}
        >
          <option value="claudeai">Claude subscription</option>
          <option value="console">Anthropic Console, billed by use</option>
        </Select>
      </div>
      <Button look={again ? 'secondary' : 'primary'} busy={begin.isPending} onClick={() => begin.mutate()}>
        {again ? 'Log in again' : 'Log in'}
      </Button>
    </div>
  );
}

function EnterCode({ url }: { url: string }) {
  const [code, setCode] = useState('');
  const send = useChange(
    'claude-login',
    () => api.POST('/api/claude/login/code', { body: { code: code.trim() } }),
    {},
  );
  const cancel = useChange('claude-login', () => api.DELETE('/api/claude/login'));
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate(undefined, { onSuccess: () => toast('Claude Code is logged in') });
      }}
    >
      <p className="text-sm text-muted">
        Open Anthropic&apos;s page, sign in, and bring the code that it shows back here.
      </p>
      <a
        href={url}
        target="_blank"
        rel="noopener noreferrer"
        className="inline-flex h-9 touch-target items-center justify-center gap-2 rounded-md bg-accent px-3.5 font-medium text-on-accent hover:bg-accent-hover"
      >
        Open the sign-in page
        <ExternalLink aria-hidden className="size-4" />
      </a>
      <Input
        label="Code"
        required
        autoComplete="off"
        value={code}
        onChange={({ target }) => setCode(target.value)}
        error={send.error?.message}
      />
      <FormButtons>
        <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>
          Give up
        </Button>
        <Button type="submit" look="primary" busy={send.isPending}>
          Finish the login
        </Button>
      </FormButtons>
    </form>
  );
}
