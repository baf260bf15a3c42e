import { clsx } from 'clsx';
import { ChevronRight, File, Folder, FolderOpen, Link2 } from 'lucide-react';
import { useState, type DragEvent } from 'react';
import { Link } from 'wouter';

import type { Entry } from '@/api';
import { ErrorState, Skeleton } from '@/ui';
import { useDraft } from './drafts';
import { FileActions } from './file-actions';
import { FolderActions } from './folder-actions';
import { hrefOf } from './place';
import { useFolder } from './queries';

export type Upload = (folder: string, files: Iterable<globalThis.File>) => void;

interface TreeProps {
  /** The path of the open file. */
  open: string | null;
  onUpload: Upload;
}

/** Folders open in place; files dropped onto a folder are uploaded into it. */
export function Tree({ open, onUpload }: TreeProps) {
  return (
    <nav aria-label="Files" className="min-h-0 grow overflow-y-auto py-1" {...dropInto('', onUpload)}>
      <FolderContent path="" depth={0} open={open} onUpload={onUpload} />
    </nav>
  );
}

interface LevelProps extends TreeProps {
  path: string;
  depth: number;
}

function FolderContent({ path, depth, open, onUpload }: LevelProps) {
  const folder = useFolder(path);
  if (folder.isPending) return <Skeleton rows={depth ? 1 : 6} />;
  if (folder.isError && !folder.data)
    return <ErrorState error={folder.error} onRetry={() => void folder.refetch()} />;
  const { entries, truncated } = folder.data;
  return (
    <>
      {entries.length === 0 && (
        <p className="py-2 pr-4 text-sm text-muted" style={indent(depth)}>
          {depth ? 'Nothing in here.' : 'The workspace is empty. Add a file above, or let Claude begin.'}
        </p>
      )}
      <ul>
        {entries.map((entry) => (
          <li key={entry.name}>
            {entry.type === 'folder' ? (
              <FolderRow entry={entry} depth={depth} open={open} onUpload={onUpload} />
            ) : (
              <FileRow entry={entry} depth={depth} current={entry.path === open} />
            )}
          </li>
        ))}
      </ul>
      {truncated && (
        <p className="py-2 pr-4 text-sm text-muted" style={indent(depth)}>
          There is more in here than is listed; use the terminal.
        </p>
      )}
    </>
  );
}

interface FolderRowProps extends TreeProps {
  entry: Entry;
  depth: number;
}

function FolderRow({ entry, depth, open, onUpload }: FolderRowProps) {
  const [expanded, setExpanded] = useState(open?.startsWith(`${entry.path}/`) ?? false);
  const Icon = expanded ? FolderOpen : Folder;
  return (
    <div {...dropInto(entry.path, onUpload)}>
      <div className="flex items-center pr-2 hover:bg-hover">
        <button
          type="button"
          aria-expanded={expanded}
          onClick={() => setExpanded(!expanded)}
          className={clsx(
            'flex h-9 touch-target min-w-0 grow items-center gap-2 text-left',
            entry.hidden && 'text-muted',
          )}
          style={indent(depth)}
        >
          <ChevronRight
            aria-hidden
            className={clsx('size-4 shrink-0 text-faint transition-transform', expanded && 'rotate-90')}
          />
          <Icon aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="truncate">{entry.name}</span>
        </button>
        <FolderActions
          path={entry.path}
          name={entry.name}
          onUpload={onUpload}
          onAdded={() => setExpanded(true)}
        />
      </div>
      {expanded && <FolderContent path={entry.path} depth={depth + 1} open={open} onUpload={onUpload} />}
    </div>
  );
}

function FileRow({ entry, depth, current }: { entry: Entry; depth: number; current: boolean }) {
  const unsaved = useDraft(entry.path) !== null;
  const Icon = entry.link ? Link2 : File;
  return (
    <div className={clsx('flex items-center pr-2 hover:bg-hover', current && 'bg-accent-soft')}>
      <Link
        href={hrefOf(entry.path)}
        aria-current={current ? 'page' : undefined}
        className={clsx(
          'flex h-9 touch-target min-w-0 grow items-center gap-2',
          entry.hidden && 'text-muted',
        )}
        style={indent(depth)}
      >
        <span className="size-4 shrink-0" />
        <Icon aria-hidden className="size-4 shrink-0 text-muted" />
        <span className="truncate">{entry.name}</span>
        {unsaved && <span className="shrink-0 text-sm text-warning">unsaved</span>}
      </Link>
      <FileActions path={entry.path} name={entry.name} />
    </div>
  );
}

function indent(depth: number) {
  return { paddingLeft: `${0.75 + depth}rem` };
}

function dropInto(folder: string, onUpload: Upload) {
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes('Files')) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      event.stopPropagation();
      onUpload(folder, event.dataTransfer.files);
    },
  };
}
