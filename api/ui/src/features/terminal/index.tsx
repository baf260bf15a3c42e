/** A shell of the workspace. It goes on when the page is closed, and this browser's tab comes back to it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useSearchParams } from 'wouter';

import { api, data, type UserSettings } from '@/api';
import { Button, ErrorState, IconButton, Notice, Page, Skeleton } from '@/ui';
import { keepTerminal, keptTerminal } from './kept';
import { Screen } from './screen';
import type { Phase } from './socket';

export default function Terminal() {
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: ({ signal }) => data(api.GET('/api/settings', { signal })),
    staleTime: 60_000,
  });
  if (settings.data) return <Shell settings={settings.data} />;
  return (
    <Page title="Terminal" back="/">
      {settings.isError ? (
        <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}

interface State {
  readonly phase: Phase;
  readonly reason?: string | undefined;
}

function Shell({ settings }: { settings: UserSettings }) {
  const queries = useQueryClient();
  const [search] = useSearchParams();
  const cwd = search.get('cwd');
  const [generation, setGeneration] = useState(0);
  // A link that names a folder asks for a shell there, whatever was open before.
  const [id, setId] = useState(() => (cwd === null ? keptTerminal() : null));
  const [state, setState] = useState<State>({ phase: 'connecting' });
  const onPhase = useCallback(
    (phase: Phase, reason?: string) => {
      setState({ phase, reason });
      if (phase === 'ended' || phase === 'failed') keepTerminal(null);
      // Any request tells that the login is over, and leads there.
      if (phase === 'refused') void queries.invalidateQueries({ queryKey: ['settings'] });
    },
    [queries],
  );
  const begin = () => {
    keepTerminal(null);
    setId(null);
    setGeneration((before) => before + 1);
  };
  return (
    <Page
      title="Terminal"
      back="/"
      actions={
        <IconButton label="New terminal" onClick={begin}>
          <Plus aria-hidden />
        </IconButton>
      }
    >
      <div className="flex h-full flex-col">
        <Condition state={state} onBegin={begin} />
        <div className="min-h-0 grow">
          <Screen
            key={generation}
            wanted={{ id, shell: settings.terminalShell, cwd }}
            settings={settings}
            onAttached={keepTerminal}
            onPhase={onPhase}
          />
        </div>
      </div>
    </Page>
  );
}

function Condition({ state: { phase, reason }, onBegin }: { state: State; onBegin: () => void }) {
  if (phase === 'waiting') {
    return (
      <Notice kind="warning">The connection is lost. The shell goes on; this page comes back to it.</Notice>
    );
  }
  if (phase !== 'ended' && phase !== 'failed') return null;
  return (
    <Notice kind={phase === 'failed' ? 'danger' : 'info'}>
      <span className="flex flex-wrap items-center gap-3">
        {reason}
        <Button size="sm" onClick={onBegin}>
          New terminal
        </Button>
      </span>
    </Notice>
  );
}
