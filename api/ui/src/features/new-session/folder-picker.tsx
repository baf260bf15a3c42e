/** Where a session works: one of the folders that were worked in before, or any other of the workspace. */
import { useQueryClient } from '@tanstack/react-query';
import { ChevronRight, Folder, FolderPlus, GitBranch } from 'lucide-react';
import { useState } from 'react';

import { Button, Dialog, ErrorState, Input, Skeleton, toastError } from '@/ui';
import { crumbs, join } from '@/lib/paths';
import { useCreateFolder, useFolder, useWorkspaces } from './queries';

interface Props {
  open: boolean;
  onClose: () => void;
  /** Gets the absolute path. */
  onPick: (cwd: string) => void;
}

export function FolderPicker({ open, onClose, onPick }: Props) {
  const pick = (cwd: string) => {
    onPick(cwd);
    onClose();
  };
  return (
    <Dialog open={open} onClose={onClose} title="Choose a folder">
      <Known onPick={pick} />
      <Browser onPick={pick} />
    </Dialog>
  );
}

function Known({ onPick }: { onPick: (cwd: string) => void }) {
  const workspaces = useWorkspaces();
  if (!workspaces.data?.length) return null;
  return (
    <section className="mb-4">
      <h3 className="mb-1 text-sm font-medium text-muted">Workspaces</h3>
      <ul className="max-h-52 overflow-y-auto">
        {workspaces.data.map(({ path, name, branch }) => (
          <li key={path}>
            <button
              type="button"
              onClick={() => onPick(path)}
              title={path}
              className="flex h-9 touch-target w-full items-center gap-2.5 rounded-md px-2 text-left hover:bg-hover"
            >
              <Folder aria-hidden className="size-4 shrink-0 text-muted" />
              <span className="min-w-0 grow truncate">{name}</span>
              {branch && (
                <span className="flex min-w-0 items-center gap-1 text-sm text-muted">
                  <GitBranch aria-hidden className="size-3.5 shrink-0" />
                  <span className="truncate">{branch}</span>
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Browser({ onPick }: { onPick: (cwd: string) => void }) {
  const [path, setPath] = useState('');
  const folder = useFolder(path);
  return (
    <section>
      <h3 className="mb-1 text-sm font-medium text-muted">All folders</h3>
      <nav aria-label="Path" className="flex flex-wrap items-center text-sm">
        {crumbs(path).map((crumb) => (
          <span key={crumb.path} className="inline-flex items-center">
            {crumb.path && <ChevronRight aria-hidden className="size-4 text-faint" />}
            <Button size="sm" look="ghost" onClick={() => setPath(crumb.path)}>
              {crumb.name}
            </Button>
          </span>
        ))}
      </nav>
      <div className="max-h-64 min-h-28 overflow-y-auto rounded-md border">
        {folder.isPending && <Skeleton rows={2} />}
        {folder.isError && <ErrorState error={folder.error} onRetry={() => void folder.refetch()} />}
        {folder.data?.dirs.length === 0 && <p className="p-3 text-sm text-muted">No folders in here.</p>}
        <ul>
          {folder.data?.dirs.map((name) => (
            <li key={name}>
              <button
                type="button"
                onClick={() => setPath(join(path, name))}
                className="flex h-9 touch-target w-full items-center gap-2.5 px-3 text-left hover:bg-hover"
              >
                <Folder aria-hidden className="size-4 shrink-0 text-muted" />
                <span className="min-w-0 grow truncate">{name}</span>
                <ChevronRight aria-hidden className="size-4 text-faint" />
              </button>
            </li>
          ))}
        </ul>
      </div>
      <NewFolder path={path} onMade={setPath} />
      <div className="mt-4 flex justify-end">
        <Button look="primary" disabled={!folder.data} onClick={() => folder.data && onPick(folder.data.cwd)}>
          Use this folder
        </Button>
      </div>
    </section>
  );
}

function NewFolder({ path, onMade }: { path: string; onMade: (path: string) => void }) {
  const [name, setName] = useState<string | null>(null);
  const queries = useQueryClient();
  const create = useCreateFolder();
  if (name === null) {
    return (
      <Button size="sm" look="ghost" className="mt-2" onClick={() => setName('')}>
        <FolderPlus aria-hidden className="size-4" />
        New folder
      </Button>
    );
  }
  return (
    <form
      className="mt-2 flex items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(join(path, name.trim()), {
          onSuccess: (made) => {
            setName(null);
            onMade(made.path);
            void queries.invalidateQueries({ queryKey: ['workspaces'] });
          },
          onError: toastError,
        });
      }}
    >
      <div className="grow">
        <Input
          label="Name of the new folder"
          hideLabel
          placeholder="Name"
          autoFocus
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <Button type="submit" busy={create.isPending}>
        Create
      </Button>
    </form>
  );
}
