/** Branches to switch to, and the folders in which others are checked out. */
import { Check, GitBranchPlus } from 'lucide-react';
import { useState } from 'react';

import { dayName } from '@/lib/time';
import { Badge, Button, ErrorState, Input, Notice, Skeleton, toast } from '@/ui';
import { branchChoices, type BranchChoice } from '../model';
import { useBranches, useSwitch } from '../queries';
import { NewBranch } from './new-branch';
import { Worktrees } from './worktrees';

const SHOWN = 200;

export function Branches({ cwd }: { cwd: string }) {
  const [words, setWords] = useState('');
  const [naming, setNaming] = useState(false);
  const branches = useBranches(cwd);
  const change = useSwitch(cwd);
  if (branches.isPending) return <Skeleton />;
  if (branches.isError) return <ErrorState error={branches.error} onRetry={() => void branches.refetch()} />;
  const choices = branchChoices(branches.data, words);
  const go = (branch: string) =>
    change.mutate({ branch }, { onSuccess: (status) => toast(`On ${status.branch ?? branch}`) });
  return (
    <div className="min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex max-w-2xl flex-col gap-3 p-4">
        <div className="flex items-start gap-2">
          <div className="grow">
            <Input
              label="Filter branches"
              hideLabel
              type="search"
              placeholder="Filter by name"
              value={words}
              onChange={(event) => setWords(event.target.value)}
            />
          </div>
          <Button onClick={() => setNaming(true)}>
            <GitBranchPlus aria-hidden className="size-4" />
            New branch
          </Button>
        </div>
        {change.error && (
          <Notice kind="danger">
            <span className="wrap-anywhere whitespace-pre-wrap">{change.error.message}</span>
          </Notice>
        )}
        <ul aria-label="Branches">
          {choices.slice(0, SHOWN).map((branch) => (
            <li key={branch.name}>
              <Branch branch={branch} busy={change.isPending} onSwitch={() => go(branch.target)} />
            </li>
          ))}
        </ul>
        {choices.length === 0 && (
          <p className="px-2 text-sm text-muted">
            {words ? 'No branch has that in its name.' : 'The first commit makes the first branch.'}
          </p>
        )}
        {choices.length > SHOWN && (
          <p className="px-2 text-sm text-muted">
            And {choices.length - SHOWN} more: type a part of the name.
          </p>
        )}
        <Worktrees cwd={cwd} />
      </div>
      {naming && <NewBranch cwd={cwd} onClose={() => setNaming(false)} />}
    </div>
  );
}

interface BranchProps {
  branch: BranchChoice;
  busy: boolean;
  onSwitch: () => void;
}

function Branch({ branch: { name, current, remote, subject, committedAt }, busy, onSwitch }: BranchProps) {
  return (
    <div className="flex min-h-12 items-center gap-3 rounded-md px-2 py-1.5 hover:bg-hover">
      <span className="w-4 shrink-0 text-accent">
        {current && (
          <>
            <Check aria-hidden className="size-4" />
            <span className="sr-only">Checked out</span>
          </>
        )}
      </span>
      <span className="min-w-0 grow">
        <span className="flex items-center gap-2">
          <span className={`truncate ${current ? 'font-semibold' : ''}`}>{name}</span>
          {remote && <Badge>Remote</Badge>}
        </span>
        <span className="block truncate text-sm text-muted">
          {dayName(committedAt)} · {subject}
        </span>
      </span>
      {!current && (
        <Button size="sm" disabled={busy} aria-label={`Switch to ${name}`} onClick={onSwitch}>
          Switch
        </Button>
      )}
    </div>
  );
}
