/** Where, how and with what a session begins. */
import { ChevronDown, Folder } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';

import type { Attachment, CreateSession } from '@/api';
import { PromptBox, useAttachments } from '@/features/composer';
import { baseName } from '@/lib/format';
import { Button, ErrorState, Notice, Page, Skeleton, Switch } from '@/ui';
import { Choices, type Chosen } from './choices';
import { FolderPicker } from './folder-picker';
import { useConfig, useCreateSession, useSettings } from './queries';

export default function NewSession() {
  const config = useConfig();
  const settings = useSettings();
  const failed = config.error ?? settings.error;
  return (
    <Page title="New session" back="/">
      {failed ? (
        <ErrorState error={failed} onRetry={() => void Promise.all([config.refetch(), settings.refetch()])} />
      ) : config.data && settings.data ? (
        <Form
          cwd={config.data.defaultCwd}
          root={config.data.browseRoot}
          chosen={{
            permissionMode: settings.data.defaultPermissionMode,
            model: settings.data.defaultModel ?? '',
            effort: settings.data.defaultEffort ?? '',
            provider: config.data.providers[0]?.id ?? 'claude',
          }}
        />
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}

interface FormProps {
  cwd: string;
  /** The workspace's folder. */
  root: string;
  chosen: Chosen;
}

function Form({ cwd: usual, root, chosen: usually }: FormProps) {
  const [search] = useSearchParams();
  const [, navigate] = useLocation();
  const [cwd, setCwd] = useState(search.get('cwd') ?? usual);
  const [picking, setPicking] = useState(false);
  const [chosen, setChosen] = useState(usually);
  const [worktree, setWorktree] = useState(false);
  const [prompt, setPrompt] = useState('');
  const attachments = useAttachments(root);
  const create = useCreateSession();
  const start = () => {
    if (attachments.busy) return;
    create.mutate(body({ cwd, chosen, worktree, prompt, attachments: attachments.ready }), {
      onSuccess: ({ id }) => navigate(`/sessions/${id}`, { replace: true }),
    });
  };
  return (
    <>
      <form
        className="mx-auto flex max-w-2xl flex-col gap-5 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <div className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">Folder</span>
          <Button
            className="w-full justify-start"
            onClick={() => setPicking(true)}
            aria-label={`Folder: ${cwd}`}
          >
            <Folder aria-hidden className="size-4 shrink-0 text-muted" />
            <span className="min-w-0 grow truncate text-left font-mono text-sm" title={cwd}>
              {known(cwd, root)}
            </span>
            <ChevronDown aria-hidden className="size-4 shrink-0 text-muted" />
          </Button>
        </div>
        <div className="flex flex-col gap-1.5">
          <span className="text-sm font-medium">Prompt</span>
          <PromptBox
            label="Prompt"
            rows={4}
            autoFocus
            value={prompt}
            placeholder="What is to be done? Leave it empty to begin with an idle session."
            onChange={setPrompt}
            onSubmit={start}
            attachments={attachments}
            cwd={cwd}
          />
        </div>
        <Choices chosen={chosen} onChange={setChosen} />
        <Switch
          label="Work in a new git worktree"
          hint="On a branch of its own, so that sessions in one repository are not in each other's way."
          checked={worktree}
          onChange={setWorktree}
        />
        {create.error && <Notice kind="danger">{create.error.message}</Notice>}
        <div className="flex justify-end">
          <Button type="submit" look="primary" disabled={attachments.busy} busy={create.isPending}>
            Start session
          </Button>
        </div>
      </form>
      {/* Not within the form, which would take the submits of its own one as well. */}
      <FolderPicker open={picking} onClose={() => setPicking(false)} onPick={setCwd} />
    </>
  );
}

/** A path from the workspace's own folder on: there its beginning says nothing. */
function known(path: string, root: string): string {
  return path === root || path.startsWith(`${root}/`) ? baseName(root) + path.slice(root.length) : path;
}

interface Filled {
  cwd: string;
  chosen: Chosen;
  worktree: boolean;
  prompt: string;
  attachments: readonly Attachment[];
}

function body({ cwd, chosen, worktree, prompt, attachments }: Filled): CreateSession {
  return {
    cwd,
    prompt: prompt.trim(),
    permissionMode: chosen.permissionMode,
    provider: chosen.provider,
    ...(chosen.model && { model: chosen.model }),
    ...(chosen.effort && { effort: chosen.effort }),
    ...(worktree && { worktree: true }),
    ...(attachments.length > 0 && { attachments: [...attachments] }),
  };
}
